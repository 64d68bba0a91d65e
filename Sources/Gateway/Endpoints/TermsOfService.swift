import ACME
import Engine
import HTTPTypes

extension Gateway {
    /// The URL of the terms that new accounts agree to; `nil` if there are none.
    func termsURL(_ links: Links) -> String? {
        switch engine.policy.termsOfService {
        case nil: nil
        case .page: links.url(.termsOfService)
        case .url(let url): url
        }
    }

    /// The page that the directory names, unless the terms are elsewhere.
    func termsOfService() -> Answer {
        let text = """
            This is a certificate authority for tests. Its certificates prove nothing and are trusted by nobody.
            By agreeing you agree to that.

            """
        return Answer(.ok, .bytes(Array(text.utf8), type: MediaType.text))
    }
}
