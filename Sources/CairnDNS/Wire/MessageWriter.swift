import CairnModel

extension DNSMessage {
    /// The message on the wire, names compressed.
    ///
    /// Fails when a name or a record is too long to be written, or when the message would be longer than `limit`; nothing
    /// is written beyond that.
    package func serialized(limit: Int = longestInStream) throws(DNSMessageError) -> [UInt8] {
        var writer = MessageWriter()
        writer.append(id)
        writer.append(flags)
        let hasOption = edns == nil ? 0 : 1
        for count in [questions.count, answers.count, authorities.count, additionals.count + hasOption] {
            guard let count = UInt16(exactly: count) else {
                throw .tooLong(limit)
            }
            writer.append(count)
        }
        for question in questions {
            try writer.append(question.name)
            writer.append(question.type.rawValue)
            writer.append(question.recordClass.rawValue)
        }
        for record in answers + authorities + additionals {
            try writer.append(record)
            guard writer.bytes.count <= limit else { break }
        }
        if let edns { try writer.append(edns, responseCode) }
        guard writer.bytes.count <= limit else {
            throw .tooLong(limit)
        }
        return writer.bytes
    }

    /// The longest message that a stream can carry (RFC 1035 §4.2.2).
    package static let longestInStream = 65_535

    private var flags: UInt16 {
        var flags = UInt16(opcode & 0xf) << 11
        if isResponse { flags |= 0x8000 }
        if isAuthoritative { flags |= 0x0400 }
        if isTruncated { flags |= 0x0200 }
        if recursionDesired { flags |= 0x0100 }
        if recursionAvailable { flags |= 0x0080 }
        if isAuthenticData { flags |= 0x0020 }
        if checkingDisabled { flags |= 0x0010 }
        let needsOption = responseCode.rawValue > 0xf && edns == nil
        return flags | (needsOption ? CairnDNSResponseCode.serverFailure : responseCode).rawValue & 0xf
    }
}

/// Writes a message from its first octet to its last.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []
    /// Where each name that was written begins, by its key, for pointers to it.
    private var places: [DNSName: UInt16] = [:]

    mutating func append(_ octets: [UInt8]) { bytes += octets }

    mutating func append(_ integer: UInt16) {
        bytes.append(UInt8(integer >> 8))
        bytes.append(UInt8(truncatingIfNeeded: integer))
    }

    mutating func append(_ integer: UInt32) {
        append(UInt16(integer >> 16))
        append(UInt16(truncatingIfNeeded: integer))
    }

    /// Writes a name; what was written before is pointed to (RFC 1035 §4.1.4).
    mutating func append(_ name: DNSName) throws(DNSMessageError) {
        if let flaw = name.flaw { throw DNSMessageError(flaw) }
        var rest = name
        while let label = rest.labels.first, let parent = rest.parent {
            let key = rest.key
            if let place = places[key] {
                append(0xc000 | place)
                return
            }
            if bytes.count < 0x4000 { places[key] = UInt16(bytes.count) }
            bytes.append(UInt8(label.count))
            bytes += label
            rest = parent
        }
        bytes.append(0)
    }

    /// Writes a name in lower case and whole, as signatures cover it (RFC 8945 §4.3.3).
    mutating func appendCanonical(_ name: DNSName) {
        for label in name.key.labels { append([UInt8(truncatingIfNeeded: label.count)] + label) }
        append([0])
    }

    mutating func append(_ resource: DNSMessage.ResourceRecord) throws(DNSMessageError) {
        try append(resource.owner)
        append(resource.record.type.rawValue)
        append(resource.recordClass.rawValue)
        append(resource.record.timeToLive.wireSeconds)
        let start = bytes.count
        append(UInt16(0))
        try append(resource.record.content)
        try setLength(at: start)
    }

    mutating func append(_ edns: DNSMessage.EDNS, _ code: CairnDNSResponseCode) throws(DNSMessageError) {
        bytes.append(0)
        append(CairnDNSType.opt.rawValue)
        append(edns.payloadSize)
        append([UInt8(code.rawValue >> 4), edns.version])
        append(UInt16(edns.wantsDNSSEC ? 0x8000 : 0))
        let start = bytes.count
        append(UInt16(0))
        append(edns.options)
        try setLength(at: start)
    }

    /// Sets the length of the data that begin behind `start`.
    private mutating func setLength(at start: Int) throws(DNSMessageError) {
        guard let length = UInt16(exactly: bytes.count - start - 2) else {
            throw .tooLong(0xffff)
        }
        bytes[start] = UInt8(length >> 8)
        bytes[start + 1] = UInt8(truncatingIfNeeded: length)
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
