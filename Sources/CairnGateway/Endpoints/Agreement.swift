import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// The page where the holder of an account agrees to the terms that are new to him (RFC 8555 §7.3.3).
    ///
    /// It is for people, so it is no resource of ACME: a browser reads it by GET and sends its form, and nothing is signed.
    /// Whoever has its URL may agree.
    func agreement(_ id: Account.ID, _ exchange: Exchange) throws(Refusal) -> Answer {
        var account = try holder(id, exchange)
        if exchange.request.head.method == .post {
            let version = try agreedVersion(in: exchange.request)
            account = try engine.agreeToTerms(for: id, version: version, at: exchange.now)
        }
        return .page(
            "Terms of service",
            """
            <p>Account: <code>\(exchange.links.url(.account(id)).escaped)</code></p>
            \(matter(of: account, exchange.links))
            """)
    }

    private func matter(of account: Account, _ links: Links) -> String {
        guard let terms = engine.policy.termsOfService else { return "<p>There are no terms to agree to.</p>" }
        let version = terms.version.escaped
        let link = "<a href=\"\(url(of: terms, links).escaped)\">version \(version) of the terms</a>"
        guard account.agreedTerms != terms.version else { return "<p>This account has agreed to \(link).</p>" }
        return """
            <p>Certificates are issued to this account again once somebody agrees to \(link).</p>
            <form method="post">
            <input type="hidden" name="version" value="\(version)">
            <button>I agree</button>
            </form>
            """
    }

    private func holder(_ id: Account.ID, _ exchange: Exchange) throws(Refusal) -> Account {
        let account: Account
        do { account = try engine.account(id, at: exchange.now) } catch {
            throw Refusal(.malformed, "there is no account \"\(id)\"", status: 404)
        }
        try account.requireValid()
        return account
    }

    private func agreedVersion(in request: CairnRequest) throws(Refusal) -> String {
        guard let version = try formField("version", of: request) else {
            throw Refusal(.malformed, "expected a field \"version\" in the form, got none")
        }
        return version
    }

    /// A field of the form that a browser sends from a page; `nil` if there is no such field.
    func formField(_ name: String, of request: CairnRequest) throws(Refusal) -> String? {
        let type = request.head.headerFields[.contentType]
        guard let type, type.text(before: ";").text(before: " ").isSameIgnoringCase(as: MediaType.form) else {
            throw Refusal(
                .malformed,
                "expected the form of the page as \"\(MediaType.form)\", got \(type?.quoted ?? "no type")",
                status: 415)
        }
        guard request.body.count <= configuration.bodyLimit else { throw Self.tooLong(limit: configuration.bodyLimit) }
        return PercentEncoding.value(of: name, inForm: request.body)
    }
}
