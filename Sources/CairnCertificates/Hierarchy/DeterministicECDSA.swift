package import Crypto

/// ECDSA whose signatures follow from the key and the message alone (RFC 6979).
///
/// The cryptography library signs with a nonce from the system's entropy, so two runs of one seed would have two
/// different roots. Here the nonce is derived by HMAC, its point is computed by the library (as the public key of the
/// private key `k`), and only the modular arithmetic of `s` is done outside it. That arithmetic is not constant in time:
/// good for the certificates of a test authority, and for nothing else.
package struct DeterministicECDSA: Sendable {
    /// A signature as its two numbers, each as long as the order of the group.
    package struct Signature: Hashable, Sendable {
        package var r: [UInt8]
        package var s: [UInt8]
    }

    private let group: GroupOrder
    private let byteCount: Int
    /// The x coordinate of the generator times a scalar.
    private let abscissa: @Sendable ([UInt8]) throws -> ArraySlice<UInt8>

    package static let p256 = DeterministicECDSA(
        order: [
            0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
        ]
    ) {
        Array(try P256.Signing.PrivateKey(rawRepresentation: $0).publicKey.rawRepresentation).prefix(32)
    }

    package static let p384 = DeterministicECDSA(
        order: [
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
            0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
        ]
    ) {
        Array(try P384.Signing.PrivateKey(rawRepresentation: $0).publicKey.rawRepresentation).prefix(48)
    }

    /// - Parameter order: big-endian (SEC 2 §2.4.2 and §2.5.1).
    private init(order: [UInt8], abscissa: @escaping @Sendable ([UInt8]) throws -> ArraySlice<UInt8>) {
        group = GroupOrder(order: UInt384(bigEndian: order))
        byteCount = order.count
        self.abscissa = abscissa
    }

    /// Signs `message` (RFC 6979 §3.2).
    ///
    /// - Parameter privateKey: the scalar, big-endian, as long as the order and within it.
    package func sign<Hash: HashFunction>(
        _ message: some Sequence<UInt8>, privateKey: [UInt8], using hash: Hash.Type
    ) throws -> Signature {
        let digest = Array(Hash.hash(data: Array(message)))
        let e = group.reduce(UInt384(bigEndian: digest.prefix(byteCount)))
        let d = UInt384(bigEndian: privateKey)
        var nonces = NonceSequence<Hash>(key: privateKey, digest: e.bigEndianBytes(byteCount))
        while true {
            let candidate = nonces.next(byteCount)
            let k = UInt384(bigEndian: candidate)
            guard k > .zero, k < group.order else { continue }
            let r = group.reduce(UInt384(bigEndian: try abscissa(candidate)))
            guard r > .zero else { continue }
            let s = group.multiply(group.inverse(k), group.add(e, group.multiply(r, d)))
            guard s > .zero else { continue }
            return Signature(r: r.bigEndianBytes(byteCount), s: s.bigEndianBytes(byteCount))
        }
    }
}

/// The candidates for the nonce, one after the other (RFC 6979 §3.2, steps b to h).
private struct NonceSequence<Hash: HashFunction> {
    private var key = [UInt8](repeating: 0, count: Hash.Digest.byteCount)
    private var value = [UInt8](repeating: 1, count: Hash.Digest.byteCount)
    private var isFirst = true

    init(key privateKey: [UInt8], digest: [UInt8]) {
        for separator: UInt8 in [0, 1] {
            key = authenticate(value + [separator] + privateKey + digest)
            value = authenticate(value)
        }
    }

    mutating func next(_ count: Int) -> [UInt8] {
        if !isFirst {
            key = authenticate(value + [0])
            value = authenticate(value)
        }
        isFirst = false
        var bytes: [UInt8] = []
        while bytes.count < count {
            value = authenticate(value)
            bytes += value
        }
        return Array(bytes.prefix(count))
    }

    private func authenticate(_ data: [UInt8]) -> [UInt8] {
        Array(HMAC<Hash>.authenticationCode(for: data, using: SymmetricKey(data: key)))
    }
}
