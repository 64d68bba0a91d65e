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

/// Arithmetic modulo the prime order of a curve's group, of 384 bits at most.
///
/// There is just enough of it for one signature, bit by bit and not constant in time. A package of big integers would do
/// the same, but would bring the whole of Foundation into every program that has an authority.
struct GroupOrder: Sendable {
    let order: UInt384

    func add(_ a: UInt384, _ b: UInt384) -> UInt384 {
        let (sum, carry) = a.adding(b)
        return carry || sum >= order ? sum.subtracting(order).difference : sum
    }

    func subtract(_ a: UInt384, _ b: UInt384) -> UInt384 {
        let (difference, borrow) = a.subtracting(b)
        return borrow ? difference.adding(order).sum : difference
    }

    /// The remainder of a number that is less than twice the order.
    func reduce(_ a: UInt384) -> UInt384 {
        a >= order ? a.subtracting(order).difference : a
    }

    func multiply(_ a: UInt384, _ b: UInt384) -> UInt384 {
        var product = UInt384.zero
        for position in (0..<384).reversed() {
            product = add(product, product)
            if b.bit(position) { product = add(product, a) }
        }
        return product
    }

    /// The number that `a` has to be multiplied with for 1, found by the binary form of Euclid's algorithm.
    ///
    /// - Precondition: `a` is not 0 and less than the order.
    func inverse(_ a: UInt384) -> UInt384 {
        // At all times u = x · a and v = y · a, modulo the order.
        var (u, v) = (a, order)
        var (x, y) = (UInt384.one, UInt384.zero)
        while u != .one, v != .one {
            while !u.isOdd { (u, x) = (u.halved(carry: false), halve(x)) }
            while !v.isOdd { (v, y) = (v.halved(carry: false), halve(y)) }
            if u >= v {
                (u, x) = (u.subtracting(v).difference, subtract(x, y))
            } else {
                (v, y) = (v.subtracting(u).difference, subtract(y, x))
            }
        }
        return u == .one ? x : y
    }

    private func halve(_ a: UInt384) -> UInt384 {
        guard a.isOdd else { return a.halved(carry: false) }
        let (sum, carry) = a.adding(order)
        return sum.halved(carry: carry)
    }
}

/// A number of 384 bits.
struct UInt384: Hashable, Sendable {
    private var high: UInt128
    private var middle: UInt128
    private var low: UInt128

    static let zero = UInt384(high: 0, middle: 0, low: 0)
    static let one = UInt384(high: 0, middle: 0, low: 1)

    private init(high: UInt128, middle: UInt128, low: UInt128) {
        (self.high, self.middle, self.low) = (high, middle, low)
    }

    /// Reads a big-endian number, of which the last 48 bytes count.
    init(bigEndian bytes: some Sequence<UInt8>) {
        self = .zero
        for byte in bytes {
            high = high << 8 | middle >> 120
            middle = middle << 8 | low >> 120
            low = low << 8 | UInt128(byte)
        }
    }

    /// The last `count` bytes of the number, big-endian; 48 at most.
    func bigEndianBytes(_ count: Int) -> [UInt8] {
        let bytes = [high, middle, low].flatMap { part in
            (0..<16).map { UInt8(truncatingIfNeeded: part >> (120 - 8 * $0)) }
        }
        return Array(bytes.suffix(count))
    }

    var isOdd: Bool { low & 1 == 1 }

    /// Whether the bit at a position is set; 0 is the last.
    func bit(_ position: Int) -> Bool {
        let part = position < 128 ? low : position < 256 ? middle : high
        return part >> (position % 128) & 1 == 1
    }

    func adding(_ other: UInt384) -> (sum: UInt384, carry: Bool) {
        let (low, first) = Self.add(low, other.low, carry: false)
        let (middle, second) = Self.add(middle, other.middle, carry: first)
        let (high, third) = Self.add(high, other.high, carry: second)
        return (UInt384(high: high, middle: middle, low: low), third)
    }

    func subtracting(_ other: UInt384) -> (difference: UInt384, borrow: Bool) {
        let (low, first) = Self.subtract(low, other.low, borrow: false)
        let (middle, second) = Self.subtract(middle, other.middle, borrow: first)
        let (high, third) = Self.subtract(high, other.high, borrow: second)
        return (UInt384(high: high, middle: middle, low: low), third)
    }

    /// Half the number, rounded down, with `carry` as the bit before its first.
    func halved(carry: Bool) -> UInt384 {
        UInt384(
            high: high >> 1 | (carry ? 1 << 127 : 0), middle: middle >> 1 | high << 127, low: low >> 1 | middle << 127)
    }

    private static func add(_ a: UInt128, _ b: UInt128, carry: Bool) -> (UInt128, Bool) {
        let (sum, overflow) = a.addingReportingOverflow(b)
        guard carry else { return (sum, overflow) }
        let (next, again) = sum.addingReportingOverflow(1)
        return (next, overflow || again)
    }

    private static func subtract(_ a: UInt128, _ b: UInt128, borrow: Bool) -> (UInt128, Bool) {
        let (difference, overflow) = a.subtractingReportingOverflow(b)
        guard borrow else { return (difference, overflow) }
        let (next, again) = difference.subtractingReportingOverflow(1)
        return (next, overflow || again)
    }
}

extension UInt384: Comparable {
    static func < (a: UInt384, b: UInt384) -> Bool {
        (a.high, a.middle, a.low) < (b.high, b.middle, b.low)
    }
}
