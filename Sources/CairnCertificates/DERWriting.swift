import CairnModel
import SwiftASN1
import X509

extension DER.Serializer {
    /// A node with an explicit tag of that number around what `contents` writes.
    mutating func tagged(_ number: UInt, _ contents: (inout DER.Serializer) throws -> Void) rethrows {
        try appendConstructedNode(
            identifier: ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific), contents)
    }

    mutating func sequence(_ contents: (inout DER.Serializer) throws -> Void) rethrows {
        try appendConstructedNode(identifier: .sequence, contents)
    }

    /// A primitive node with these octets as its contents.
    mutating func primitive(_ identifier: ASN1Identifier, _ octets: some Collection<UInt8>) {
        appendPrimitiveNode(identifier: identifier) { $0.append(contentsOf: octets) }
    }

    /// A primitive node with an implicit tag of that number.
    mutating func primitive(tag number: UInt, _ octets: some Collection<UInt8>) {
        primitive(ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific), octets)
    }

    mutating func integer(_ number: CairnSerialNumber) {
        let isPadded = number.bytes.first.map { $0 >= 0x80 } ?? true
        primitive(.integer, (isPadded ? [0] : []) + number.bytes)
    }

    /// A whole number that is not negative.
    mutating func integer(_ number: Int) {
        integer(CairnSerialNumber(integerLiteral: UInt64(max(0, number))))
    }

    /// A `Time`: in two digits of the year up to 2049, and in four from then on (RFC 5280 §5.1.2.4).
    mutating func time(_ instant: CairnInstant) throws {
        let time = CivilTime(instant.wholeSecond)
        guard (1950..<2050).contains(time.year) else { return try generalizedTime(instant) }
        try serialize(
            UTCTime(
                year: time.year, month: time.month, day: time.day, hours: time.hour, minutes: time.minute,
                seconds: time.second))
    }

    /// A `GeneralizedTime` without a fraction of a second.
    mutating func generalizedTime(_ instant: CairnInstant) throws {
        let time = CivilTime(min(max(.earliestWritten, instant), .latestWritten).wholeSecond)
        try serialize(
            GeneralizedTime(
                year: time.year, month: time.month, day: time.day, hours: time.hour, minutes: time.minute,
                seconds: time.second, fractionalSeconds: 0))
    }

    /// An `Extension` (RFC 5280 §4.1).
    mutating func `extension`(
        _ identifier: ASN1ObjectIdentifier, isCritical: Bool = false,
        _ value: (inout DER.Serializer) throws -> Void
    ) throws {
        var inner = DER.Serializer()
        try value(&inner)
        try sequence { serializer in
            try serializer.serialize(identifier)
            if isCritical { try serializer.serialize(true) }
            serializer.primitive(.octetString, inner.serializedBytes)
        }
    }

    /// An `AlgorithmIdentifier` of a signature: with parameters that are null for RSA, and without any for ECDSA
    /// (RFC 4055 §5, RFC 5758 §3.2).
    mutating func signatureAlgorithm(_ algorithm: Certificate.SignatureAlgorithm) throws {
        let (identifier, hasParameters): (ASN1ObjectIdentifier, Bool) =
            switch algorithm {
            case .ecdsaWithSHA256: (.ecdsaWithSHA256, false)
            case .ecdsaWithSHA384: (.ecdsaWithSHA384, false)
            case .sha256WithRSAEncryption: (.sha256WithRSAEncryption, true)
            default: throw CairnAuthorityError("no authority signs with \(algorithm)")
            }
        try sequence { serializer in
            try serializer.serialize(identifier)
            if hasParameters { serializer.primitive(.null, []) }
        }
    }
}

/// Identifier octets (X.690 §8.1.2), for ``Swift/Array/node(_:_:)``.
enum DERTag {
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let utf8String: UInt8 = 0x0c
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31

    /// That of a primitive node with an implicit tag.
    static func primitive(_ number: UInt8) -> UInt8 { 0x80 | number }
    /// That of a node with an explicit tag.
    static func explicit(_ number: UInt8) -> UInt8 { 0xa0 | number }
}

/// What is written once for each certificate, from parts of which most were encoded before.
///
/// The library's serializer learns how long a node is when its contents are written, and moves them then; here the length
/// comes first.
extension [UInt8] {
    /// Appends identifier and length of a node (X.690 §8.1.3, §10.1).
    mutating func appendHead(_ tag: UInt8, length: Int) {
        append(tag)
        if length < 0x80 { return append(UInt8(length)) }
        let octets = (Int.bitWidth - length.leadingZeroBitCount + 7) / 8
        append(0x80 | UInt8(octets))
        for place in (0..<octets).reversed() { append(UInt8(truncatingIfNeeded: length >> (8 * place))) }
    }

    /// Appends a node whose contents are these parts, one after the other.
    mutating func appendNode(_ tag: UInt8, _ parts: [UInt8]...) {
        appendHead(tag, length: parts.reduce(0) { $0 + $1.count })
        for part in parts { append(contentsOf: part) }
    }

    /// A node whose contents are these parts, one after the other.
    static func node(_ tag: UInt8, _ parts: [UInt8]...) -> [UInt8] {
        let length = parts.reduce(0) { $0 + $1.count }
        var node: [UInt8] = []
        node.reserveCapacity(length + 4)
        node.appendHead(tag, length: length)
        for part in parts { node.append(contentsOf: part) }
        return node
    }

    /// A primitive node of text.
    static func node(_ tag: UInt8, text: String) -> [UInt8] { node(tag, Array(text.utf8)) }

    /// What is signed, the algorithm and the signature, as certificates, CRLs and OCSP responses have them.
    ///
    /// - Parameter more: what follows the signature.
    static func signed(
        _ contents: [UInt8], by key: Certificate.PrivateKey, _ algorithm: Certificate.SignatureAlgorithm,
        _ more: [UInt8] = []
    ) throws -> [UInt8] {
        let signature = try key.sign(bytes: contents, signatureAlgorithm: algorithm).rawRepresentation
        return .node(
            DERTag.sequence, contents, try .der { try $0.signatureAlgorithm(algorithm) },
            .node(DERTag.bitString, [0], Array(signature)), more)
    }

    /// What the library encodes.
    static func der(_ write: (inout DER.Serializer) throws -> Void) rethrows -> [UInt8] {
        var serializer = DER.Serializer()
        try write(&serializer)
        return serializer.serializedBytes
    }
}
