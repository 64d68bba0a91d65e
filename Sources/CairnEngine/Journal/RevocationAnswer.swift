public import CairnCertificates
import CairnModel

extension CairnRequestEvent {
    /// What a relying party was told of revocations, before rules altered that; `nil` where a request asked for something
    /// else, or was refused.
    public var revocationAnswer: RevocationAnswer? { told }

    /// What a relying party was told of revocations.
    public enum RevocationAnswer: Hashable, Sendable {
        /// A CRL: whose, which, and how many certificates are on it (RFC 5280 §5).
        case crl(issuer: Int, shard: Int, number: Int, entries: Int)
        /// What OCSP said of the certificates that were asked about, in their order (RFC 6960 §2.2).
        case ocsp([OCSPStatus])
        /// An OCSP response that is an error (RFC 6960 §2.3).
        case ocspError(CairnOCSPAnswer)
    }

    /// What OCSP said of one certificate.
    public struct OCSPStatus: Hashable, Sendable {
        /// Which certificate was asked about.
        public let serialNumber: CairnSerialNumber
        /// `good`, `revoked` or `unknown`.
        public let answer: CairnOCSPAnswer
        /// Why it was revoked, where that was said.
        public let reason: ACMERevocationReason?

        package init(serialNumber: CairnSerialNumber, answer: CairnOCSPAnswer, reason: ACMERevocationReason?) {
            (self.serialNumber, self.answer, self.reason) = (serialNumber, answer, reason)
        }
    }
}

extension CairnRequestEvent.RevocationAnswer {
    /// The member of the journal's JSON that it is.
    var member: (name: String, value: CairnJSON) {
        switch self {
        case .crl(let issuer, let shard, let number, let entries):
            (
                "crl",
                [
                    "issuer": .integer(issuer), "shard": .integer(shard), "number": .integer(number),
                    "entries": .integer(entries),
                ]
            )
        case .ocsp(let statuses): ("ocsp", .array(statuses.map(\.json)))
        case .ocspError(let answer): ("ocspError", .string(answer.rawValue))
        }
    }
}

extension CairnRequestEvent.OCSPStatus {
    fileprivate var json: CairnJSON {
        var object: CairnJSONObject = ["serialNumber": .string("\(serialNumber)"), "status": .string(answer.rawValue)]
        object["reason"] = reason.map { .integer($0.rawValue) }
        return .object(object)
    }
}

extension CairnRequestEvent.RevocationAnswer: CustomStringConvertible {
    /// `CRL 3 of issuer 0 with 2 entries`, `OCSP 7f31 revoked`.
    public var description: String {
        switch self {
        case .crl(let issuer, let shard, let number, let entries):
            "CRL \(number) of issuer \(issuer)\(shard > 0 ? ", shard \(shard)" : "") with \(entries) "
                + (entries == 1 ? "entry" : "entries")
        case .ocsp(let statuses):
            "OCSP " + statuses.prefix(10).map { "\($0.serialNumber) \($0.answer.rawValue)" }.joined(separator: ", ")
                + (statuses.count > 10 ? " and \(statuses.count - 10) more" : "")
        case .ocspError(let answer): "OCSP \(answer.rawValue)"
        }
    }
}
