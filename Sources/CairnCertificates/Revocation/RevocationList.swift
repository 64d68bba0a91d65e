public import CairnModel
import SwiftASN1
import X509

/// A published CRL (RFC 5280 §5).
public struct CairnRevocationList: Hashable, Sendable {
    /// The CRL in DER.
    public let derEncoded: [UInt8]
    /// The number of the issuer, as in ``url``; 0 is the issuer of leaves.
    public let issuer: Int
    /// The shard, from 0 (``CairnAuthorityConfiguration/crlShards``).
    public let shard: Int
    /// The CRL number, which increases with each CRL of a shard (RFC 5280 §5.2.3).
    public let number: Int
    /// When it was published.
    public let thisUpdate: CairnInstant
    /// When the next CRL is due; afterwards this one is stale.
    public let nextUpdate: CairnInstant
    /// The revoked certificates, in order of revocation.
    public let entries: [Entry]
    /// Its URL, as in certificates and in the CRL (RFC 5280 §4.2.1.13, §5.2.5); `nil` if the CA's own name is unknown.
    public private(set) var url: String?
    /// Whether the list before it was published in the same second, so that ``thisUpdate`` does not tell them apart.
    package let followsInSameSecond: Bool

    /// The same list where a client has another name for its place, which a list without siblings does not say.
    package func at(_ url: String?) -> CairnRevocationList {
        var list = self
        list.url = url
        return list
    }

    /// A revoked certificate.
    public struct Entry: Hashable, Sendable {
        /// The certificate.
        public let serialNumber: CairnSerialNumber
        /// When it was revoked.
        public let at: CairnInstant
        /// The reason; `nil` if none is given, as for `unspecified` (RFC 5280 §5.3.1).
        public let reason: ACMERevocationReason?

        package init(_ serialNumber: CairnSerialNumber, at: CairnInstant, reason: ACMERevocationReason?) {
            (self.serialNumber, self.at, self.reason) = (serialNumber, at, reason?.published)
        }

        fileprivate var json: CairnJSON {
            var object: CairnJSONObject = ["serialNumber": .string("\(serialNumber)"), "at": .string(at.rfc3339)]
            object["reason"] = reason.map { .integer($0.rawValue) }
            return .object(object)
        }
    }

    /// The CRL in PEM, ending with a line feed (RFC 7468 §6).
    public var pem: String { String(decoding: PEM.block("X509 CRL", derEncoded), as: UTF8.self) }

    /// Whether a certificate is on the CRL.
    public func contains(_ serialNumber: CairnSerialNumber) -> Bool {
        entries.contains { $0.serialNumber == serialNumber }
    }

    /// The CRL as JSON, including the CRL in PEM.
    public var json: CairnJSON {
        var object: CairnJSONObject = [
            "issuer": .integer(issuer), "shard": .integer(shard), "number": .integer(number),
            "thisUpdate": .string(thisUpdate.rfc3339), "nextUpdate": .string(nextUpdate.rfc3339),
            "entries": .array(entries.map(\.json)),
        ]
        object["url"] = url.map { .string($0) }
        object["pem"] = .string(pem)
        return .object(object)
    }
}

extension ACMERevocationReason {
    /// The reason as relying parties are told: none for `unspecified`, and none for `removeFromCRL`, which stands in delta
    /// CRLs alone (RFC 5280 §5.3.1).
    package var published: ACMERevocationReason? { self == .unspecified || self == .removeFromCRL ? nil : self }
}

extension CertificateAuthority {
    /// What is said in a list.
    package struct RevocationListContents: Sendable {
        package var number: Int
        package var thisUpdate: CairnInstant
        package var nextUpdate: CairnInstant
        package var entries: [CairnRevocationList.Entry]
        package var followsInSameSecond: Bool

        package init(
            number: Int, thisUpdate: CairnInstant, nextUpdate: CairnInstant, entries: [CairnRevocationList.Entry] = [],
            followsInSameSecond: Bool = false
        ) {
            (self.number, self.entries, self.followsInSameSecond) = (number, entries, followsInSameSecond)
            (self.thisUpdate, self.nextUpdate) = (thisUpdate.wholeSecond, nextUpdate.wholeSecond)
        }
    }

    /// How many lists an issuer has: the issuer of leaves as many as are configured, any other one.
    ///
    /// `nil` for a number that is no issuer's, and for a second certificate of one that is listed before, whose lists are the
    /// same.
    package func revocationListCount(ofIssuer number: Int) -> Int? {
        guard hierarchy.authorities.indices.contains(number) else { return nil }
        let name = hierarchy.authorities[number].identity.name
        guard hierarchy.authorities.firstIndex(where: { $0.identity.name == name }) == number else { return nil }
        return name == hierarchy.signer.identity.name ? configuration.crlShards : 1
    }

    /// Where the list of a shard is, with the base that is configured for all; `nil` if none is.
    package func fixedURL(ofList shard: Int, issuer: Int) -> String? {
        configuration.crlURLBase.map { "\($0)/\(issuer)/\(shard)" }
    }

    /// The part of the leaves that one belongs to: its serial number modulo the number of shards.
    package func shard(of serialNumber: CairnSerialNumber) -> Int {
        serialNumber.shard(of: configuration.crlShards)
    }

    /// Signs a list: the same bytes for the same contents.
    ///
    /// Where an issuer has several, each says which distribution point it is for (RFC 5280 §5.2.5), so that none passes for
    /// another.
    ///
    /// - Parameter url: where it can be downloaded.
    package func revocationList(
        ofIssuer number: Int, shard: Int, _ contents: RevocationListContents, url: String?
    ) throws -> CairnRevocationList {
        let issuer = hierarchy.authorities[number]
        let hasSiblings = (revocationListCount(ofIssuer: number) ?? 1) > 1
        var serializer = DER.Serializer()
        try serializer.sequence { list in
            list.integer(1)  // v2
            try list.signatureAlgorithm(issuer.key.signatureAlgorithm)
            try list.serialize(issuer.identity.name)
            try list.time(contents.thisUpdate)
            try list.time(contents.nextUpdate)
            // An empty list of entries is left out (RFC 5280 §5.1.2.6).
            if !contents.entries.isEmpty {
                try list.sequence { entries in for entry in contents.entries { try entries.revoked(entry) } }
            }
            try list.tagged(0) { tagged in
                try tagged.sequence { extensions in
                    try extensions.extension(.authorityKeyIdentifier) { value in
                        value.sequence {
                            $0.primitive(tag: 0, SubjectKeyIdentifier(hash: issuer.key.publicKey).keyIdentifier)
                        }
                    }
                    try extensions.extension(.cRLNumber) { $0.integer(contents.number) }
                    if hasSiblings, let url {
                        try extensions.extension(.issuingDistributionPoint, isCritical: true) { value in
                            value.sequence { point in
                                point.tagged(0) { $0.distributionPointName(url) }
                                point.primitive(tag: 1, [0xff])  // onlyContainsUserCerts
                            }
                        }
                    }
                }
            }
        }
        let derEncoded: [UInt8] = try .signed(
            serializer.serializedBytes, by: issuer.key.reproducible, issuer.key.signatureAlgorithm)
        return CairnRevocationList(
            derEncoded: derEncoded, issuer: number, shard: shard, number: contents.number,
            thisUpdate: contents.thisUpdate, nextUpdate: contents.nextUpdate, entries: contents.entries, url: url,
            followsInSameSecond: contents.followsInSameSecond)
    }
}

extension CairnSerialNumber {
    /// The number modulo `count`.
    package func shard(of count: Int) -> Int { bytes.reduce(0) { ($0 << 8 | Int($1)) % max(1, count) } }
}

extension DER.Serializer {
    /// An entry of a list (RFC 5280 §5.3).
    fileprivate mutating func revoked(_ entry: CairnRevocationList.Entry) throws {
        try sequence { serializer in
            serializer.integer(entry.serialNumber)
            try serializer.time(entry.at)
            guard let reason = entry.reason else { return }
            try serializer.sequence { extensions in
                try extensions.extension(.reasonCode) { $0.primitive(.enumerated, [UInt8(clamping: reason.rawValue)]) }
            }
        }
    }

    /// A `DistributionPointName` that is one URL: `fullName` (RFC 5280 §4.2.1.13).
    fileprivate mutating func distributionPointName(_ url: String) {
        tagged(0) { $0.primitive(tag: 6, url.utf8) }
    }
}

extension Certificate.Extension {
    /// `cRLDistributionPoints` with one URL (RFC 5280 §4.2.1.13).
    static func distributionPoint(_ url: String) -> Certificate.Extension {
        var serializer = DER.Serializer()
        serializer.sequence { points in
            points.sequence { point in point.tagged(0) { $0.distributionPointName(url) } }
        }
        return Certificate.Extension(
            oid: .cRLDistributionPoints, critical: false, value: serializer.serializedBytes[...])
    }
}

extension ASN1ObjectIdentifier {
    fileprivate static let authorityKeyIdentifier: ASN1ObjectIdentifier = [2, 5, 29, 35]
    fileprivate static let cRLNumber: ASN1ObjectIdentifier = [2, 5, 29, 20]
    fileprivate static let reasonCode: ASN1ObjectIdentifier = [2, 5, 29, 21]
    fileprivate static let issuingDistributionPoint: ASN1ObjectIdentifier = [2, 5, 29, 28]
}
