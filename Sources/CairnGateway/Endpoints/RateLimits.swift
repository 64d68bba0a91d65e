import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// The page that lists the limits in force (RFC 8555 §6.6).
    func rateLimitsPage() -> Answer {
        let limits = engine.policy.rateLimits
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

    /// Tells the client of a refusal where a human reads more (RFC 8555 §6.6).
    func explain(_ pause: Pause.ID?, _ problem: inout ACMEProblem, _ answer: inout Answer, _ links: Links) {
        if let pause {
            let page = links.url(.unpause(pause))
            problem.detail += "; a human can end the pause at \(page)"
            return answer.link(page, rel: links.dialect.conduct.limitRelation)
        }
        switch engine.policy.rateLimits.help {
        case nil: break
        case .page: answer.link(links.url(.rateLimits), rel: links.dialect.conduct.limitRelation)
        case .url(let url): answer.link(url, rel: links.dialect.conduct.limitRelation)
        }
    }
}
