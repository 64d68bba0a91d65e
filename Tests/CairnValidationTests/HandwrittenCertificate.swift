// Certificates written by hand, since no library would make what some of these tests need.

/// One element of DER: tag, length, content.
func der(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
    let content = content.flatMap(\.self)
    let length: [UInt8] =
        switch content.count {
        case ..<128: [UInt8(content.count)]
        case ..<256: [0x81, UInt8(content.count)]
        default: [0x82, UInt8(content.count >> 8), UInt8(content.count & 0xff)]
        }
    return [tag] + length + content
}

enum OID {
    static let san: [UInt8] = [0x55, 0x1d, 0x11]
    static let acmeIdentifier: [UInt8] = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1f]
    static let draft: [UInt8] = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1e, 0x01]
    /// Ed448 (RFC 8410 §3), which swift-certificates does not know.
    static let ed448: [UInt8] = [0x2b, 0x65, 0x71]
}

func dnsName(_ name: String) -> [UInt8] { der(0x82, Array(name.utf8)) }

func san(_ names: [UInt8]...) -> [UInt8] {
    der(0x30, der(0x06, OID.san), der(0x04, der(0x30, names.flatMap(\.self))))
}

func acme(
    _ value: [UInt8] = der(0x04, Vector.digest), oid: [UInt8] = OID.acmeIdentifier, critical: [UInt8] = [1, 1, 0xff]
) -> [UInt8] {
    der(0x30, der(0x06, oid), critical, der(0x04, value))
}

/// A certificate whose signature is nonsense and whose key is of an exotic kind, written by hand.
func certificate(version: UInt8? = 2, _ extensions: [UInt8]...) -> [UInt8] {
    let algorithm = der(0x30, der(0x06, OID.ed448))
    let name = der(0x30)
    let time = der(0x17, Array("260101000000Z".utf8))
    let list = extensions.flatMap(\.self)
    let body = der(
        0x30, version.map { der(0xa0, der(0x02, [$0])) } ?? [], der(0x02, [1]), algorithm, name, der(0x30, time, time),
        name, der(0x30, algorithm, der(0x03, [0] + [UInt8](repeating: 7, count: 57))),
        list.isEmpty ? [] : der(0xa3, der(0x30, list)))
    return der(0x30, body, algorithm, der(0x03, [0] + [UInt8](repeating: 9, count: 114)))
}
