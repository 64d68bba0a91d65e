import CairnModel

extension DNSMessage {
    /// The length of the header (RFC 1035 §4.1.1).
    package static let headerLength = 12

    /// Reads a whole message.
    package init(parsing bytes: [UInt8]) throws(DNSMessageError) {
        var reader = MessageReader(bytes)
        self = try reader.header()
        let counts = try (reader.integer16(), reader.integer16(), reader.integer16(), reader.integer16())
        for _ in 0..<counts.0 { questions.append(try reader.question()) }
        for _ in 0..<counts.1 { answers.append(try reader.record()) }
        for _ in 0..<counts.2 { authorities.append(try reader.record()) }
        for _ in 0..<counts.3 {
            let start = reader.position
            let record = try reader.rawRecord()
            guard signature == nil else {
                throw DNSMessageError("expected nothing behind the TSIG record, got a record (RFC 8945 §5.1)")
            }
            if record.type == .tsig {
                signature = Signature(record: try reader.signature(record), start: start)
            } else if record.type == .opt {
                guard edns == nil else { throw DNSMessageError("expected one OPT record, got two (RFC 6891 §6.1.1)") }
                edns = try EDNS(record, &responseCode)
            } else {
                additionals.append(try reader.typed(record))
            }
        }
        guard reader.position == bytes.count else {
            throw DNSMessageError("expected a message of \(reader.position) octets, got \(bytes.count)")
        }
    }

    /// Reads the first four octets: id, flags and response code (RFC 1035 §4.1.1, RFC 4035 §3.1.6).
    package init(headerOf bytes: [UInt8]) throws(DNSMessageError) {
        var reader = MessageReader(bytes)
        self = try reader.header()
    }
}

extension DNSMessage.EDNS {
    /// RFC 6891 §6.1.2 and §6.1.3: the class is the payload size, the time to live holds the rest.
    fileprivate init(_ record: MessageReader.RawRecord, _ code: inout CairnDNSResponseCode) throws(DNSMessageError) {
        guard record.owner.labels.isEmpty else {
            throw DNSMessageError("expected an OPT record of the root, got one of \(record.owner) (RFC 6891 §6.1.2)")
        }
        self.init(payloadSize: record.recordClass.rawValue)
        version = UInt8(truncatingIfNeeded: record.timeToLive >> 16)
        wantsDNSSEC = record.timeToLive & 0x8000 != 0
        options = record.data
        code = CairnDNSResponseCode(rawValue: UInt16(record.timeToLive >> 24) << 4 | code.rawValue & 0xf)
    }
}

/// Reads a message from its first octet to its last.
struct MessageReader {
    /// A record whose data have not been looked at.
    struct RawRecord {
        var owner: DNSName
        var type: CairnDNSType
        var recordClass: DNSMessage.RecordClass
        var timeToLive: UInt32
        /// The data, and where in the message they begin.
        var data: [UInt8]
        var start: Int
    }

    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func integer8() throws(DNSMessageError) -> UInt8 {
        guard position < bytes.count else {
            throw DNSMessageError("expected an octet, got the end of the message after \(bytes.count)")
        }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func integer16() throws(DNSMessageError) -> UInt16 {
        let high = try integer8()
        return UInt16(high) << 8 | UInt16(try integer8())
    }

    mutating func integer32() throws(DNSMessageError) -> UInt32 {
        let high = try integer16()
        return UInt32(high) << 16 | UInt32(try integer16())
    }

    mutating func octets(_ count: Int) throws(DNSMessageError) -> [UInt8] {
        guard count <= bytes.count - position else {
            throw DNSMessageError("expected \(count) octets, got \(bytes.count - position) (RFC 1035 §4.1)")
        }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    mutating func header() throws(DNSMessageError) -> DNSMessage {
        var message = DNSMessage(id: try integer16())
        let flags = try integer16()
        message.isResponse = flags & 0x8000 != 0
        message.opcode = UInt8(flags >> 11 & 0xf)
        message.isAuthoritative = flags & 0x0400 != 0
        message.isTruncated = flags & 0x0200 != 0
        message.recursionDesired = flags & 0x0100 != 0
        message.recursionAvailable = flags & 0x0080 != 0
        message.isAuthenticData = flags & 0x0020 != 0
        message.checkingDisabled = flags & 0x0010 != 0
        message.responseCode = CairnDNSResponseCode(rawValue: flags & 0xf)
        return message
    }

    mutating func question() throws(DNSMessageError) -> DNSMessage.Question {
        var question = DNSMessage.Question(try name(), CairnDNSType(rawValue: try integer16()))
        question.recordClass = DNSMessage.RecordClass(rawValue: try integer16())
        return question
    }

    mutating func record() throws(DNSMessageError) -> DNSMessage.ResourceRecord {
        try typed(rawRecord())
    }

    mutating func rawRecord() throws(DNSMessageError) -> RawRecord {
        let owner = try name()
        let type = CairnDNSType(rawValue: try integer16())
        let recordClass = DNSMessage.RecordClass(rawValue: try integer16())
        let timeToLive = try integer32()
        let length = Int(try integer16())
        let start = position
        return RawRecord(
            owner: owner, type: type, recordClass: recordClass, timeToLive: timeToLive, data: try octets(length),
            start: start)
    }

    func typed(_ raw: RawRecord) throws(DNSMessageError) -> DNSMessage.ResourceRecord {
        var content = CairnDNSRecord.Content.other(raw.type, raw.data)
        // Of what an update takes away the data stand there as they were (RFC 2136 §2.5.4).
        if raw.recordClass == .internet || raw.recordClass == .nothing && !raw.data.isEmpty {
            var reader = self
            reader.position = raw.start
            let end = raw.start + raw.data.count
            if let known = try reader.content(raw.type, length: raw.data.count) {
                guard reader.position == end else {
                    throw DNSMessageError(
                        "expected the \(raw.type) data to end at octet \(end), got \(reader.position)")
                }
                content = known
            }
        }
        // RFC 2181 §8: a time of 2³¹ seconds or more is none.
        let timeToLive = raw.recordClass == .internet && raw.timeToLive > 0x7fff_ffff ? 0 : raw.timeToLive
        var record = DNSMessage.ResourceRecord(
            raw.owner, CairnDNSRecord(content, timeToLive: .seconds(Int64(timeToLive))))
        record.recordClass = raw.recordClass
        return record
    }

    /// The data of a TSIG record (RFC 8945 §4.2).
    func signature(_ raw: RawRecord) throws(DNSMessageError) -> TSIGRecord {
        guard raw.recordClass == .anything, raw.timeToLive == 0 else {
            throw DNSMessageError("expected a TSIG record of the class ANY and without a time to live (RFC 8945 §4.2)")
        }
        var reader = self
        reader.position = raw.start
        let algorithm = try reader.name()
        let time = UInt64(try reader.integer16()) << 32 | UInt64(try reader.integer32())
        let fudge = try reader.integer16()
        let mac = try reader.octets(Int(try reader.integer16()))
        let (originalID, error) = (try reader.integer16(), try reader.integer16())
        let other = try reader.octets(Int(try reader.integer16()))
        guard reader.position == raw.start + raw.data.count else {
            throw DNSMessageError("expected TSIG data of \(raw.data.count) octets, got others (RFC 8945 §4.2)")
        }
        return TSIGRecord(
            keyName: raw.owner, algorithm: algorithm, time: time, fudge: fudge, mac: mac, originalID: originalID,
            error: TSIGRecord.ErrorCode(rawValue: error), other: other)
    }

    /// A domain name, its compression undone (RFC 1035 §4.1.4).
    ///
    /// A pointer must lead to before the place where the current run of labels began, so that every pointer leads further
    /// back and a circle cannot be.
    mutating func name() throws(DNSMessageError) -> DNSName {
        var labels: [[UInt8]] = []
        var length = 1
        var reader = self
        var runStart = position
        var end: Int?
        var pointers = 0
        while true {
            let head = try reader.integer8()
            switch head {
            case 0:
                position = end ?? reader.position
                return DNSName(labels: labels)
            case 1...63:
                length += 1 + Int(head)
                guard length <= 255 else {
                    throw DNSMessageError("expected a name of at most 255 octets, got a longer one (RFC 1035 §2.3.4)")
                }
                labels.append(try reader.octets(Int(head)))
            case 0xc0...0xff:
                let target = Int(head & 0x3f) << 8 | Int(try reader.integer8())
                guard (DNSMessage.headerLength..<runStart).contains(target) else {
                    throw DNSMessageError(
                        "expected a pointer to an earlier name, got \(target) at octet \(runStart) (RFC 1035 §4.1.4)")
                }
                pointers += 1
                guard pointers < 128 else {
                    throw DNSMessageError("expected at most 127 pointers in a name, one for each label, got more")
                }
                end = end ?? reader.position
                reader.position = target
                runStart = target
            default:
                throw DNSMessageError("expected a label or a pointer, got the octet \(head) (RFC 1035 §4.1.4)")
            }
        }
    }
}

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
