import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// The URL of the terms that accounts agree to; `nil` if there are none.
    func termsURL(_ links: Links) -> String? {
        guard let terms = engine.policy.termsOfService else { return nil }
        return url(of: terms, links)
    }

    func url(of terms: CairnTermsOfService, _ links: Links) -> String {
        switch terms.location {
        case .page: links.url(.termsOfService(terms.version))
        case .url(let url): url
        }
    }

    /// The page that the directory names, unless the terms are elsewhere.
    func termsOfService(_ version: String, _ exchange: Exchange) throws(Refusal) -> Answer {
        let terms = engine.policy.termsOfService
        guard let terms, terms.location == .page, terms.version == version else {
            let current = terms.map { "; the current terms are at \"\(url(of: $0, exchange.links))\"" } ?? ""
            throw Refusal(.malformed, "there are no terms of service at \(exchange.path.quoted)\(current)", status: 404)
        }
        return Answer(.ok, .bytes(Array(terms.text.utf8), type: MediaType.text))
    }
}
