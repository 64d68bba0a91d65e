import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// When a certificate is best renewed, for whoever asks (RFC 9773 §4.1).
    ///
    /// - Parameter text: what the URL says, which may be no certID at all.
    func renewalInfo(_ text: String?, _ exchange: Exchange) throws(Refusal) -> Answer {
        guard let policy = engine.policy.renewalInfo else {
            throw Refusal(.malformed, "this CA offers no renewal information (RFC 9773 §4)", status: 404)
        }
        guard let text else {
            throw Refusal(
                .malformed,
                "expected a slash and a certID after \"\(exchange.links.url(.renewalInfo(nil)))\", got none "
                    + "(RFC 9773 §4.1)", status: 404)
        }
        let certificate = try engine.certificate(try certID(text), at: exchange.now)
        var answer = Answer(.ok, .json(json(of: certificate.renewalInfo(at: exchange.now))))
        answer.retry(after: policy.retryAfter)
        return answer
    }

    private func json(of info: ACMERenewalInfo) -> CairnJSON {
        var object: CairnJSONObject = [
            "suggestedWindow": ["start": .string(info.start.rfc3339), "end": .string(info.end.rfc3339)]
        ]
        object["explanationURL"] = info.explanationURL.map(CairnJSON.string)
        return .object(object)
    }

    private func certID(_ text: String) throws(Refusal) -> CertID {
        do { return try CertID(parsing: text) } catch { throw Refusal(error) }
    }
}
