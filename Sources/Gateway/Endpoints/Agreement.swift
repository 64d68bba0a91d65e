import ACME
import Engine
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
        let page = AgreementPage(
            account: account, terms: engine.policy.termsOfService, links: exchange.links,
            url: engine.policy.termsOfService.map { url(of: $0, exchange.links) } ?? "")
        return Answer(.ok, .bytes(Array(page.html.utf8), type: MediaType.html))
    }

    private func holder(_ id: Account.ID, _ exchange: Exchange) throws(Refusal) -> Account {
        let account: Account
        do { account = try engine.account(id, at: exchange.now) } catch {
            throw Refusal(.malformed, "there is no account \"\(id)\"", status: 404)
        }
        try account.requireValid()
        return account
    }

    private func agreedVersion(in request: Request) throws(Refusal) -> String {
        let type = request.head.headerFields[.contentType]?.lowercased()
        guard let type, type.prefix(while: { $0 != ";" && $0 != " " }) == MediaType.form else {
            throw Refusal(
                .malformed,
                "expected the form of the page as \"\(MediaType.form)\", got \(type.map { "\"\($0)\"" } ?? "no type")",
                status: 415)
        }
        guard request.body.count <= configuration.bodyLimit else { throw Self.tooLong(limit: configuration.bodyLimit) }
        guard let version = PercentEncoding.value(of: "version", inForm: request.body) else {
            throw Refusal(.malformed, "expected a field \"version\" in the form, got none")
        }
        return version
    }
}

/// What the page says.
private struct AgreementPage {
    let account: Account
    let terms: TermsOfService?
    let links: Links
    /// Where the terms are.
    let url: String

    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>Terms of service</title>
        </head>
        <body>
        <h1>Terms of service</h1>
        <p>Account: <code>\(Self.escaped(links.url(.account(account.id))))</code></p>
        \(matter)
        </body>
        </html>

        """
    }

    private var matter: String {
        guard let terms else { return "<p>There are no terms to agree to.</p>" }
        let version = Self.escaped(terms.version)
        let link = "<a href=\"\(Self.escaped(url))\">version \(version) of the terms</a>"
        guard account.agreedTerms != terms.version else { return "<p>This account has agreed to \(link).</p>" }
        return """
            <p>Certificates are issued to this account again once somebody agrees to \(link).</p>
            <form method="post" action="\(Self.escaped(links.url(.agreement(account.id))))">
            <input type="hidden" name="version" value="\(version)">
            <button type="submit">I agree</button>
            </form>
            """
    }

    /// The text as it stands in HTML, in attributes too.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
    }
}
