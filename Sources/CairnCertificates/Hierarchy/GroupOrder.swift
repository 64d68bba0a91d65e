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
