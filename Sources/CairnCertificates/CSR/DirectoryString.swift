import SwiftASN1

/// The strings that a name can be written in (RFC 5280 §4.1.2.4).
enum DirectoryString {
    /// The text of a `DirectoryString` or an `IA5String`, or `nil` if it is neither.
    static func text(of value: ASN1Any) -> String? {
        var serializer = DER.Serializer()
        guard (try? serializer.serialize(value)) != nil,
            let node = try? DER.parse(serializer.serializedBytes), case .primitive(let bytes) = node.content
        else { return nil }
        switch node.identifier {
        case .utf8String: return String(validating: bytes, as: UTF8.self)
        // Printable and IA5 strings are ASCII. Of a teletex string nobody has ever used more.
        case .printableString, .ia5String, .teletexString:
            return bytes.allSatisfy { $0 < 0x80 } ? String(decoding: bytes, as: UTF8.self) : nil
        case .bmpString: return units(bytes, of: 2).flatMap { String(validating: $0.map(UInt16.init), as: UTF16.self) }
        case .universalString: return units(bytes, of: 4).flatMap { String(validating: $0, as: UTF32.self) }
        default: return nil
        }
    }

    private static func units(_ bytes: ArraySlice<UInt8>, of width: Int) -> [UInt32]? {
        guard bytes.count.isMultiple(of: width) else { return nil }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: width).map { start in
            bytes[start..<start + width].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}
