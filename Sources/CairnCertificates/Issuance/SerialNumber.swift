package import CairnModel
import SwiftASN1

/// The serial number of a certificate (RFC 5280 §4.1.2.2).
public struct CairnSerialNumber: Hashable, Sendable {
    /// The number, big-endian, without leading zeros.
    public let bytes: [UInt8]

    /// The number with these octets, big-endian.
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

    /// The number in lower case hexadecimal, two digits a byte.
    public var hexadecimal: String { bytes.hexadecimal }
}

extension CairnSerialNumber: ExpressibleByIntegerLiteral {
    /// The number of the literal.
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

extension Sequence<UInt8> {
    var hexadecimal: String {
        map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
