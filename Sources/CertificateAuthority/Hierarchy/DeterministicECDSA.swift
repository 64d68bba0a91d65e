import BigInt
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

    private let order: BigUInt
    private let byteCount: Int
    /// The x coordinate of the generator times a scalar.
    private let abscissa: @Sendable ([UInt8]) throws -> ArraySlice<UInt8>

    package static let p256 = DeterministicECDSA(
        order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", byteCount: 32
    ) {
        Array(try P256.Signing.PrivateKey(rawRepresentation: $0).publicKey.rawRepresentation).prefix(32)
    }

    package static let p384 = DeterministicECDSA(
        order: "ffffffffffffffffffffffffffffffffffffffffffffffff"
            + "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        byteCount: 48
    ) {
        Array(try P384.Signing.PrivateKey(rawRepresentation: $0).publicKey.rawRepresentation).prefix(48)
    }

    private init(order: String, byteCount: Int, abscissa: @escaping @Sendable ([UInt8]) throws -> ArraySlice<UInt8>) {
        self.order = BigUInt(order, radix: 16) ?? 0
        self.byteCount = byteCount
        self.abscissa = abscissa
    }

    /// Signs `message` (RFC 6979 §3.2).
    ///
    /// - Parameter privateKey: the scalar, big-endian, as long as the order and within it.
    package func sign<Hash: HashFunction>(
        _ message: some Sequence<UInt8>, privateKey: [UInt8], using hash: Hash.Type
    ) throws -> Signature {
        let digest = Array(Hash.hash(data: Array(message)))
        let e = number(digest.prefix(byteCount)) % order
        let d = number(privateKey)
        var nonces = NonceSequence<Hash>(key: privateKey, digest: bytes(e))
        while true {
            let candidate = nonces.next(byteCount)
            let k = number(candidate)
            guard k > 0, k < order else { continue }
            let r = number(try abscissa(candidate)) % order
            guard r > 0, let inverse = k.inverse(order) else { continue }
            let s = inverse * ((e + r * d) % order) % order
            guard s > 0 else { continue }
            return Signature(r: bytes(r), s: bytes(s))
        }
    }

    private func number(_ bytes: some Collection<UInt8>) -> BigUInt {
        Array(bytes).withUnsafeBytes { BigUInt($0) }
    }

    /// The number as big-endian bytes, as many as the order has.
    private func bytes(_ number: BigUInt) -> [UInt8] {
        let digits = Array(number.serialize())
        return Array(repeating: 0, count: byteCount - digits.count) + digits
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
