import CairnModel

extension MessageReader {
    /// The data of a record of a known type; `nil` if the type is not known or its text is not UTF-8.
    mutating func content(_ type: CairnDNSType, length: Int) throws(DNSMessageError) -> CairnDNSRecord.Content? {
        let end = position + length
        switch type {
        case .a, .aaaa:
            guard let address = CairnIPAddress(octets: try octets(length)), address.isV6 == (type == .aaaa) else {
                throw DNSMessageError("expected \(type == .a ? 4 : 16) octets of \(type) data, got \(length)")
            }
            return .address(address)
        case .cname: return .cname(try name().description)
        case .ns: return .ns(try name().description)
        case .ptr: return .ptr(try name().description)
        case .mx:
            let preference = try integer16()
            return .mx(preference: preference, exchange: try name().description)
        case .soa: return .soa(try startOfAuthority())
        case .txt:
            var strings: [String] = []
            var isText = true
            repeat {
                let string = String(validating: try characterString(), as: UTF8.self)
                strings.append(string ?? "")
                isText = isText && string != nil
            } while position < end
            return isText ? .txt(strings) : nil
        case .caa:
            let flags = try integer8()
            let tag = String(validating: try characterString(), as: UTF8.self)
            guard position <= end else {
                throw DNSMessageError("expected a CAA tag within \(length) octets, got a longer one (RFC 8659 §4.1)")
            }
            let value = String(validating: try octets(end - position), as: UTF8.self)
            guard let tag, let value else { return nil }
            return .caa(flags: flags, tag: tag, value: value)
        default: return nil
        }
    }

    private mutating func characterString() throws(DNSMessageError) -> [UInt8] {
        try octets(Int(try integer8()))
    }

    private mutating func startOfAuthority() throws(DNSMessageError) -> CairnDNSRecord.StartOfAuthority {
        let primary = try name().description
        let mailbox = try name().description
        let serial = try integer32()
        var start = CairnDNSRecord.StartOfAuthority(primary: primary, mailbox: mailbox, serial: serial)
        start.refresh = .seconds(Int64(try integer32()))
        start.retry = .seconds(Int64(try integer32()))
        start.expire = .seconds(Int64(try integer32()))
        start.minimum = .seconds(Int64(try integer32()))
        return start
    }
}

extension MessageWriter {
    /// Writes the data of a record without their length.
    mutating func append(_ content: CairnDNSRecord.Content) throws(DNSMessageError) {
        switch content {
        case .address(let address): append(address.octets)
        // Only the types of RFC 1035 may hold compressed names (RFC 3597 §4).
        case .cname(let name), .ns(let name), .ptr(let name): try append(DNSName(name))
        case .mx(let preference, let exchange):
            append(preference)
            try append(DNSName(exchange))
        case .soa(let start):
            try append(DNSName(start.primary))
            try append(DNSName(start.mailbox))
            append(start.serial)
            for duration in [start.refresh, start.retry, start.expire, start.minimum] { append(duration.wireSeconds) }
        case .txt(let strings):
            for string in strings.isEmpty ? [""] : strings { appendCharacterStrings(Array(string.utf8)) }
        case .caa(let flags, let tag, let value):
            append([flags])
            guard let length = UInt8(exactly: tag.utf8.count) else {
                throw DNSMessageError("expected a CAA tag of at most 255 octets, got \(tag.utf8.count) (RFC 8659 §4.1)")
            }
            append([length] + tag.utf8 + value.utf8)
        case .other(_, let data): append(data)
        }
    }

    /// One character-string for every 255 octets (RFC 1035 §3.3); one empty string for none.
    private mutating func appendCharacterStrings(_ octets: [UInt8]) {
        var rest = octets[...]
        repeat {
            let part = rest.prefix(255)
            append([UInt8(part.count)] + part)
            rest = rest.dropFirst(255)
        } while !rest.isEmpty
    }
}

extension Duration {
    /// Whole seconds as the wire has them: 0 to 2³¹ − 1 (RFC 2181 §8).
    var wireSeconds: UInt32 {
        UInt32(min(max(0, saturated.components.seconds), 0x7fff_ffff))
    }
}
