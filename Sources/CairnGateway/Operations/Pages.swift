import CairnEngine
package import CairnModel
import HTTPTypes

/// What is for people: a browser reads it by GET and sends its form, and nothing is signed.
enum Page: Sendable {
    /// The terms of that version.
    case terms(String)
    case agreement(Account.ID)
    case rateLimits
    case unpause(Pause.ID)
    case outOfBand(OutOfBandPage.ID)
}

extension Gateway {
    /// Does what the form of a page says, and writes the page.
    func serve(_ page: Page, _ exchange: Exchange) throws(Refusal) -> Answer {
        switch page {
        case .terms(let version): try termsOfService(version, exchange)
        case .agreement(let id): try agreement(id, exchange)
        case .rateLimits: rateLimits(exchange)
        case .unpause(let id): try unpause(id, exchange)
        case .outOfBand(let id): try outOfBand(id, exchange)
        }
    }

    // MARK: Terms

    /// The URL of the terms that accounts agree to; `nil` if there are none.
    func termsURL(_ exchange: Exchange) -> String? {
        exchange.policy.termsOfService.map { url(of: $0, exchange.links) }
    }

    func url(of terms: CairnTermsOfService, _ links: Links) -> String {
        switch terms.location {
        case .page: links.url(.termsOfService(terms.version))
        case .url(let url): url
        }
    }

    /// The page that the directory names, unless the terms are elsewhere.
    private func termsOfService(_ version: String, _ exchange: Exchange) throws(Refusal) -> Answer {
        let terms = exchange.policy.termsOfService
        guard let terms, terms.location == .page, terms.version == version else {
            let current = terms.map { "; the current terms are at \"\(url(of: $0, exchange.links))\"" } ?? ""
            throw Refusal(
                .malformed, "there are no terms of service at \(exchange.path.quoted)\(current)", cause: .unknownPage)
        }
        return Answer(.ok, .bytes(Array(terms.text.utf8), type: MediaType.text))
    }

    /// The page where the holder of an account agrees to the terms that are new to him (RFC 8555 §7.3.3).
    ///
    /// It is for people, so it is no resource of ACME: a browser reads it by GET and sends its form, and nothing is signed.
    /// Whoever has its URL may agree.
    private func agreement(_ id: Account.ID, _ exchange: Exchange) throws(Refusal) -> Answer {
        var account = try holder(id, exchange)
        if exchange.request.head.method == .post {
            let version = try agreedVersion(in: exchange.request)
            account = try engine.agreeToTerms(for: id, version: version, at: exchange.now)
        }
        return .page(
            "Terms of service",
            """
            <p>Account: <code>\(exchange.links.url(.account(id)).escaped)</code></p>
            \(matter(of: account, exchange))
            """)
    }

    private func matter(of account: Account, _ exchange: Exchange) -> String {
        guard let terms = exchange.policy.termsOfService else { return "<p>There are no terms to agree to.</p>" }
        let version = terms.version.escaped
        let link = "<a href=\"\(url(of: terms, exchange.links).escaped)\">version \(version) of the terms</a>"
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
            throw Refusal(.malformed, "there is no account \"\(id)\"", cause: .unknownPage)
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
    private func formField(_ name: String, of request: CairnRequest) throws(Refusal) -> String? {
        let type = request.head.headerFields[.contentType]
        guard let type, type.text(before: ";").text(before: " ").isSameIgnoringCase(as: MediaType.form) else {
            throw Refusal(
                .malformed,
                "expected the form of the page as \"\(MediaType.form)\", got \(type?.quoted ?? "no type")",
                status: .unsupportedMediaType)
        }
        guard request.body.count <= configuration.bodyLimit else { throw Self.tooLong(limit: configuration.bodyLimit) }
        return PercentEncoding.value(of: name, inForm: request.body)
    }

    // MARK: Limits and pauses

    /// The page that lists the limits in force (RFC 8555 §6.6).
    private func rateLimits(_ exchange: Exchange) -> Answer {
        let limits = exchange.policy.rateLimits
        let lines = CairnRateLimits.Name.allCases.compactMap { name in
            if name == .pendingAuthorizationsPerAccount {
                limits.pendingAuthorizationsPerAccount.map { "\(name.rawValue): \($0) at a time" }
            } else {
                limits[name].map { "\(name.rawValue): \($0)" }
            }
        }
        let text =
            lines.isEmpty
            ? "This certificate authority limits nothing."
            : "The rate limits in force:\n\n" + lines.joined(separator: "\n")
        return Answer(.ok, .bytes(Array("\(text)\n".utf8), type: MediaType.text))
    }

    /// The page where a human ends the pause of identifiers: GET asks, POST does it.
    private func unpause(_ id: Pause.ID, _ exchange: Exchange) throws(Refusal) -> Answer {
        guard exchange.request.head.method == .post else {
            let pause = try engine.pause(id, at: exchange.now)
            return .page(
                "Paused",
                """
                <p>Validations of these identifiers failed too often for the account
                <code>\(exchange.links.url(.account(pause.account)).escaped)</code>. It gets no more certificates for them
                until you end the pause. Mend what made the validations fail first.</p>
                \(list(pause))
                <form method="post"><button>End the pause</button></form>
                """)
        }
        let ended = try engine.unpause(id, at: exchange.now)
        return .page("The pause has ended", "<p>Certificates can be ordered again for:</p>\n\(list(ended))")
    }

    private func list(_ pause: Pause) -> String {
        let items = pause.identifiers.sorted().map { "<li>\($0.value.escaped)</li>" }
        return "<ul>\n\(items.joined(separator: "\n"))\n</ul>"
    }

    // MARK: Challenges of type oob-01

    /// The page where a human approves or denies an `oob-01` challenge: GET asks, POST does it (ACME draft of March 2017,
    /// "Out-of-Band").
    ///
    /// Whoever has its URL may decide.
    private func outOfBand(_ id: OutOfBandPage.ID, _ exchange: Exchange) throws(Refusal) -> Answer {
        guard exchange.request.head.method == .post else {
            let (page, authorization) = try engine.outOfBandPage(id, at: exchange.now)
            return decisionPage(page, authorization, exchange.links)
        }
        let decision: Verdict.Outcome
        switch try formField("decision", of: exchange.request) {
        case "approve": decision = .valid
        case "deny": decision = .invalid(.deniedOutOfBand)
        case let other:
            throw Refusal(
                .malformed,
                "expected a field \"decision\" in the form that is \"approve\" or \"deny\", got "
                    + (other?.quoted ?? "none"))
        }
        let (page, authorization) = try engine.decide(id, decision, at: exchange.now)
        return decisionPage(page, authorization, exchange.links)
    }

    private func decisionPage(_ page: OutOfBandPage, _ authorization: Authorization, _ links: Links) -> Answer {
        .page(
            "Validation",
            """
            <p>Account: <code>\(links.url(.account(authorization.account)).escaped)</code></p>
            <p>Identifier: <code>\(authorization.orderedIdentifier.value.escaped)</code></p>
            \(matter(of: page, authorization))
            """)
    }

    private func matter(of page: OutOfBandPage, _ authorization: Authorization) -> String {
        let status = authorization.challenges[page.challenge].state.status
        guard authorization.state.status == .pending, status == .pending || status == .processing else {
            return
                "<p>There is nothing left to decide: the authorization is \(authorization.state.status.rawValue).</p>"
        }
        let form = """
            <form method="post">
            <button name="decision" value="approve">Approve</button>
            <button name="decision" value="deny">Deny</button>
            </form>
            """
        let words =
            switch page.decision {
            case nil: "Approve this if the account controls the identifier."
            case .valid?: "This has been approved."
            case .invalid?: "This has been denied."
            }
        // Until the client answers, somebody may change his mind.
        return "<p>\(words)</p>" + (page.decision == nil || status == .pending ? "\n\(form)" : "")
    }
}

extension ACMEProblem {
    /// What becomes of a challenge that somebody denies without a reason.
    package static let deniedOutOfBand = ACMEProblem(
        .unauthorized, "the validation was denied out of band (ACME draft of March 2017, \"Out-of-Band\")")
}

extension Answer {
    /// A page for people, without script or style.
    ///
    /// - Parameter body: HTML.
    static func page(_ title: String, _ body: String) -> Answer {
        let text = """
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>\(title)</title>
            <h1>\(title)</h1>
            \(body)
            </html>

            """
        return Answer(.ok, .bytes(Array(text.utf8), type: MediaType.html))
    }
}

extension String {
    /// The text as it stands in HTML, in attributes too.
    var escaped: String {
        reduce(into: "") { text, character in
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            default: text.append(character)
            }
        }
    }
}
