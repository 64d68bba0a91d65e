package import CairnModel
import SwiftASN1

/// The serial number of a certificate (RFC 5280 §4.1.2.2).
public struct CairnSerialNumber: Hashable, Sendable {
    /// The number in big-endian order, without leading zeros.
    public let bytes: [UInt8]

    /// Creates a serial number from bytes in big-endian order.
    public init(bytes: [UInt8]) {
        self.bytes = Array(bytes.drop { $0 == 0 })
    }

    /// Sixteen bytes of which 126 bits are drawn.
    ///
    /// The first bit is clear, so that the number is positive in sixteen octets, and the second is set, so that it
    /// always has sixteen. No run of an authority lives to see two alike.
    package init(drawnFrom generator: inout SeededGenerator) {
        var drawn = generator.bytes(16)
        drawn[0] = drawn[0] & 0x3f | 0x40
        bytes = drawn
    }

    /// The serial number in a certificate, or `nil` if `derEncoded` is not the beginning of one.
    ///
    /// Only what stands before the serial number is looked at: enough to find a certificate that a client sent.
    package init?(ofCertificate derEncoded: [UInt8]) {
        guard let certificate = try? DER.parse(derEncoded),
            let toBeSigned = certificate.children?.first(where: { _ in true }), let fields = toBeSigned.children
        else { return nil }
        let version = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
        guard let number = fields.first(where: { $0.identifier != version }), number.identifier == .integer,
            let bytes = try? ArraySlice<UInt8>(derEncoded: number)
        else { return nil }
        self.init(bytes: Array(bytes))
    }

    /// Reads a number as ``hexadecimal`` writes it; `nil` for anything else.
    package init?(hexadecimal text: some StringProtocol) {
        let digits = text.utf8.map { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        let values = digits.compactMap { $0 }
        guard values.count == digits.count, values.count.isMultiple(of: 2), (1...20).contains(values.count / 2)
        else { return nil }
        self.init(bytes: stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] })
    }

    /// Reads a number as people and their tools write it, such as `openssl x509`: in hexadecimal of either case, with
    /// zeros in front or without, and perhaps with colons between octets; `nil` for anything else, and for 0, which no
    /// certificate has (RFC 5280 §4.1.2.2).
    package init?(typed text: some StringProtocol) {
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        guard groups.count == 1 || groups.allSatisfy({ $0.utf8.count == 2 }) else { return nil }
        let digits = groups.joined().lowercasedASCII
        guard !digits.utf8.allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
        self.init(hexadecimal: digits.utf8.count.isMultiple(of: 2) ? digits : "0" + digits)
    }

    /// The number in lower-case hexadecimal, two digits per byte.
    public var hexadecimal: String { bytes.hexadecimal }
}

extension CairnSerialNumber: ExpressibleByIntegerLiteral {
    /// Creates a serial number from a literal.
    public init(integerLiteral value: UInt64) {
        self.init(bytes: (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) })
    }
}

extension CairnSerialNumber {
    /// How many octets of contents it has in DER, where a first bit that is set needs an octet 0 in front.
    ///
    /// RFC 5280 §4.1.2.2 allows 20.
    var octetsInDER: Int { bytes.count + (bytes.first.map { $0 >= 0x80 ? 1 : 0 } ?? 1) }

    /// The number after this one.
    var next: CairnSerialNumber {
        var octets = [0] + bytes
        for index in octets.indices.reversed() {
            octets[index] &+= 1
            if octets[index] != 0 { break }
        }
        return CairnSerialNumber(bytes: octets)
    }
}

extension CairnSerialNumber: CustomStringConvertible {
    /// Its ``hexadecimal`` form.
    public var description: String { hexadecimal }
}

/// How serial numbers are chosen (RFC 5280 §4.1.2.2).
///
/// They are always positive and unique, have at most 20 octets in DER, and differ from those of CA certificates.
public struct CairnSerialNumbers: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case drawn
        case sequential(CairnSerialNumber)
        case fixedLength(Int)
        case chosen([CairnSerialNumber])
    }
    package let kind: Kind

    /// Random from the seed, in all shapes that clients get wrong.
    ///
    /// Any eleven consecutive certificates include numbers of 16 octets, of 17 because their first bit is set, with a
    /// leading hexadecimal 0, and short ones; the first 380 also include single octets. The default.
    public static let drawn = CairnSerialNumbers(kind: .drawn)

    /// Consecutive numbers.
    public static func sequential(from first: CairnSerialNumber = 1) -> CairnSerialNumbers {
        CairnSerialNumbers(kind: .sequential(first))
    }

    /// Random from the seed, with a fixed length of 1 to 20 octets in DER.
    ///
    /// There are only 127 of one octet; when they are used up, no certificate can be issued.
    public static func fixedLength(_ octets: Int) -> CairnSerialNumbers {
        CairnSerialNumbers(kind: .fixedLength(octets))
    }

    /// These numbers first, in order, then ``drawn``.
    ///
    /// Used numbers are skipped.
    public static func chosen(_ numbers: [CairnSerialNumber]) -> CairnSerialNumbers {
        CairnSerialNumbers(kind: .chosen(numbers))
    }

    static let maximumOctets = 20

    /// Throws if a number is configured that no certificate may have.
    func validate() throws(CairnAuthorityError) {
        let named: [CairnSerialNumber]
        switch kind {
        case .drawn: named = []
        case .sequential(let first): named = [first]
        case .fixedLength(let octets):
            guard (1...Self.maximumOctets).contains(octets) else {
                throw CairnAuthorityError(
                    "serial numbers have 1 to \(Self.maximumOctets) octets, got \(octets) (RFC 5280 §4.1.2.2)")
            }
            named = []
        case .chosen(let numbers): named = numbers
        }
        for number in named {
            guard !number.bytes.isEmpty else {
                throw CairnAuthorityError("a serial number is positive, got 0 (RFC 5280 §4.1.2.2)")
            }
            guard number.octetsInDER <= Self.maximumOctets else {
                throw CairnAuthorityError(
                    "a serial number has at most \(Self.maximumOctets) octets in DER, got \(number.octetsInDER) "
                        + "(RFC 5280 §4.1.2.2)")
            }
        }
    }
}

/// The numbers that an authority has yet to use.
///
/// Numbers of nine octets and more are never drawn twice, so only shorter ones are remembered, and ``CairnSerialNumbers/drawn`` has
/// so few of them that this stays a small set however many certificates are issued.
struct SerialNumberSource: Sendable {
    private enum Shape: CaseIterable {
        /// 16 octets, the first bit set: 17 in DER.
        case firstBitSet, firstBitSetToo
        case plain
        /// 16 octets, of which the first is below 16.
        case firstDigitZero
        /// 2 to 15 octets in DER.
        case short
        /// 1 octet in DER.
        case single
    }

    private let kind: CairnSerialNumbers.Kind
    private var generator: SeededGenerator
    private var deck: [Shape] = []
    /// What must not be drawn: short numbers that were used, chosen ones, and those of the authorities.
    private var taken: Set<CairnSerialNumber>
    private var chosen: ArraySlice<CairnSerialNumber> = []
    private var next: CairnSerialNumber?
    private var shortNumbers = 0
    private var singles = 0

    /// - Parameter authorities: the numbers of the authorities' own certificates.
    init(_ numbers: CairnSerialNumbers, authorities: [CairnSerialNumber], generator: SeededGenerator) {
        (kind, self.generator) = (numbers.kind, generator)
        taken = Set(authorities)
        switch numbers.kind {
        case .drawn, .fixedLength: break
        case .sequential(let first): next = first
        case .chosen(let numbers):
            var seen = taken
            chosen = numbers.filter { seen.insert($0).inserted }[...]
            taken = seen
        }
        // What is taken from the start is not free either: chosen numbers can be all there are of one octet.
        singles = taken.count { $0.octetsInDER == 1 }
    }

    /// The number of the next certificate.
    mutating func draw() throws(CairnAuthorityError) -> CairnSerialNumber {
        switch kind {
        case .drawn: return drawShape()
        case .chosen: return chosen.popFirst() ?? drawShape()
        case .fixedLength(let octets): return try draw(octets: octets)
        case .sequential:
            while let number = next {
                guard number.octetsInDER <= CairnSerialNumbers.maximumOctets else { break }
                next = number.next
                if !taken.contains(number) { return number }
            }
            throw CairnAuthorityError("all serial numbers are used up")
        }
    }

    private mutating func drawShape() -> CairnSerialNumber {
        if deck.isEmpty { deck = Shape.allCases.shuffled(using: &generator) }
        while true {
            let number: CairnSerialNumber
            switch deck.popLast() ?? .plain {
            case .firstBitSet, .firstBitSetToo: number = long { $0 | 0x80 }
            case .firstDigitZero: number = long { max($0 & 0x0f, 1) }
            // Half of the singles stay free, so that drawing one never takes long.
            case .single where singles < 64:
                number = CairnSerialNumber(bytes: drawn(octets: 1))
                guard !taken.contains(number) else {
                    deck.append(.single)
                    continue
                }
                singles += 1
                taken.insert(number)
            case .short:
                // A few thousand are remembered, and of so many octets that they could come twice.
                let isRemembered = shortNumbers < 4_096
                let octets = Int.random(in: isRemembered ? 2...15 : 10...15, using: &generator)
                number = CairnSerialNumber(bytes: drawn(octets: octets))
                guard !taken.contains(number) else {
                    deck.append(.short)
                    continue
                }
                if isRemembered {
                    shortNumbers += 1
                    taken.insert(number)
                }
            case .plain, .single: number = long { $0 & 0x3f | 0x40 }
            }
            return number
        }
    }

    /// Sixteen octets, the first of them changed.
    private mutating func long(_ first: (UInt8) -> UInt8) -> CairnSerialNumber {
        var octets = generator.bytes(16)
        octets[0] = first(octets[0])
        return CairnSerialNumber(bytes: octets)
    }

    /// A positive number of so many octets in DER.
    private mutating func drawn(octets count: Int) -> [UInt8] {
        var octets = generator.bytes(count)
        octets[0] &= 0x7f
        if octets[0] == 0 {
            if count == 1 { octets[0] = 1 } else { octets[1] |= 0x80 }
        }
        return octets
    }

    private mutating func draw(octets count: Int) throws(CairnAuthorityError) -> CairnSerialNumber {
        var number = CairnSerialNumber(bytes: drawn(octets: count))
        guard count <= 8 else { return number }
        let capacity = count == 1 ? 127 : (UInt64(1) << (8 * count - 1)) - (UInt64(1) << (8 * count - 9))
        guard shortNumbers < capacity else {
            throw CairnAuthorityError("all serial numbers of \(count) octets are used up")
        }
        // Where few are left, the next free one is looked for.
        while taken.contains(number) {
            number = number.next
            if number.octetsInDER > count { number = CairnSerialNumber.least(ofOctets: count) }
        }
        shortNumbers += 1
        taken.insert(number)
        return number
    }
}

extension CairnSerialNumber {
    /// The least number that has so many octets in DER: 1 for one, 0080 for two.
    fileprivate static func least(ofOctets count: Int) -> CairnSerialNumber {
        count == 1 ? 1 : CairnSerialNumber(bytes: [0x80] + [UInt8](repeating: 0, count: count - 2))
    }
}
