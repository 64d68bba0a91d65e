public import CairnCertificates
import CairnModel

extension CairnRequestEvent {
    /// What a relying party was told about revocations, before rules altered it; `nil` for other and refused requests.
    public var revocationAnswer: RevocationAnswer? { told }

    /// What a relying party was told about revocations.
    public enum RevocationAnswer: Hashable, Sendable {
        /// A CRL: its issuer, shard, number, and how many entries it has (RFC 5280 §5).
        case crl(issuer: Int, shard: Int, number: Int, entries: Int)
        /// The OCSP status of the requested certificates, in order (RFC 6960 §2.2).
        case ocsp([OCSPStatus])
        /// An OCSP error response (RFC 6960 §2.3).
        case ocspError(CairnOCSPAnswer)
    }

    /// The OCSP status of a certificate.
    public struct OCSPStatus: Hashable, Sendable {
        /// The certificate.
        public let serialNumber: CairnSerialNumber
        /// `good`, `revoked` or `unknown`.
        public let answer: CairnOCSPAnswer
        /// The revocation reason, if it was given.
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
