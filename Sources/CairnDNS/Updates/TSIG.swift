import CairnModel
// Before version 4 its types do not say that they are Sendable.
@preconcurrency import Crypto

/// A secret shared by a DNS client and the server to sign messages (RFC 8945).
///
/// ```swift
/// ca.dns.updates.keys = [CairnTSIGKey(name: "acme", secret: secret)]
/// ```
public struct CairnTSIGKey: Hashable, Sendable {
    /// The name of the key, a case-insensitive domain name.
    public var name: String
    /// The algorithm.
    public var algorithm: Algorithm
    /// The bytes of the secret; at least one.
    public var secret: [UInt8]
    /// The minimum length of accepted MACs, in octets.
    ///
    /// Shorter MACs are `BADTRUNC`, or `FORMERR` if RFC 8945 does not allow them. Default: `nil`, half of the
    /// algorithm's output and at least 10, or all of it if the algorithm's name includes a length (RFC 8945 §5.2.2.1,
    /// §6).
    public var minimumMACLength: Int?

    /// Creates a key, by default for HMAC with SHA-256.
    public init(
        name: String, algorithm: Algorithm = .hmacSHA256, secret: [UInt8], minimumMACLength: Int? = nil
    ) {
        (self.name, self.algorithm, self.secret) = (name, algorithm, secret)
        self.minimumMACLength = minimumMACLength
    }

    /// A TSIG algorithm, named as in RFC 8945 §6.
    ///
    /// The obsolete MD5 and SHA-1, and SHA-224, are not supported: `BADKEY`.
    public enum Algorithm: String, CaseIterable, Sendable {
        /// HMAC with SHA-256.
        case hmacSHA256 = "hmac-sha256"
        /// The first 16 octets of HMAC with SHA-256.
        case hmacSHA256First128 = "hmac-sha256-128"
        /// HMAC with SHA-384.
        case hmacSHA384 = "hmac-sha384"
        /// The first 24 octets of HMAC with SHA-384.
        case hmacSHA384First192 = "hmac-sha384-192"
        /// HMAC with SHA-512.
        case hmacSHA512 = "hmac-sha512"
        /// The first 32 octets of HMAC with SHA-512.
        case hmacSHA512First256 = "hmac-sha512-256"

        /// The length of its MAC in octets.
        var macLength: Int {
            switch self {
            case .hmacSHA256First128: 16
            case .hmacSHA384First192: 24
            case .hmacSHA256, .hmacSHA512First256: 32
            case .hmacSHA384: 48
            case .hmacSHA512: 64
            }
        }

        /// The fewest octets of its MAC that may be sent (RFC 8945 §5.2.2.1).
        var leastMACLength: Int {
            switch self {
            case .hmacSHA256First128, .hmacSHA384First192, .hmacSHA512First256: macLength
            case .hmacSHA256, .hmacSHA384, .hmacSHA512: max(10, macLength / 2)
            }
        }
    }

    func mac(of octets: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: secret)
        let mac: [UInt8] =
            switch algorithm {
            case .hmacSHA256, .hmacSHA256First128: Array(HMAC<SHA256>.authenticationCode(for: octets, using: key))
            case .hmacSHA384, .hmacSHA384First192: Array(HMAC<SHA384>.authenticationCode(for: octets, using: key))
            case .hmacSHA512, .hmacSHA512First256: Array(HMAC<SHA512>.authenticationCode(for: octets, using: key))
            }
        return Array(mac.prefix(algorithm.macLength))
    }
}

/// What a TSIG record says (RFC 8945 §4.2).
struct TSIGRecord: Hashable, Sendable {
    var keyName: DNSName
    var algorithm: DNSName
    /// Seconds since 1970, of which the record has 48 bits.
    var time: UInt64
    /// By how many seconds the clocks of both may differ.
    var fudge: UInt16
    var mac: [UInt8] = []
    var originalID: UInt16
    var error = ErrorCode.noError
    var other: [UInt8] = []

    /// What is wrong with a signature (RFC 8945 §3).
    struct ErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        var rawValue: UInt16

        static let noError = ErrorCode(rawValue: 0)
        static let badSignature = ErrorCode(rawValue: 16)
        static let badKey = ErrorCode(rawValue: 17)
        static let badTime = ErrorCode(rawValue: 18)
        static let badTruncation = ErrorCode(rawValue: 22)

        var description: String {
            switch self {
            case .noError: "NOERROR"
            case .badSignature: "BADSIG"
            case .badKey: "BADKEY"
            case .badTime: "BADTIME"
            case .badTruncation: "BADTRUNC"
            default: "ERROR\(rawValue)"
            }
        }
    }

    /// What a MAC covers besides the message: the TSIG variables, or the timers alone (RFC 8945 §4.3.3, §5.3.1).
    func variables(timersOnly: Bool) -> [UInt8] {
        var writer = MessageWriter()
        if !timersOnly {
            writer.appendCanonical(keyName)
            writer.append(DNSMessage.RecordClass.anything.rawValue)
            writer.append(UInt32(0))
            writer.appendCanonical(algorithm)
        }
        writer.append(UInt16(truncatingIfNeeded: time >> 32))
        writer.append(UInt32(truncatingIfNeeded: time))
        writer.append(fudge)
        if !timersOnly {
            writer.append(error.rawValue)
            writer.append(UInt16(truncatingIfNeeded: other.count))
            writer.append(other)
        }
        return writer.bytes
    }

    /// How many octets it takes.
    var length: Int { octets.count }

    /// The whole record.
    private var octets: [UInt8] {
        var data = MessageWriter()
        data.appendCanonical(algorithm)
        data.append(UInt16(truncatingIfNeeded: time >> 32))
        data.append(UInt32(truncatingIfNeeded: time))
        data.append(fudge)
        data.append(UInt16(truncatingIfNeeded: mac.count))
        data.append(mac)
        data.append(originalID)
        data.append(error.rawValue)
        data.append(UInt16(truncatingIfNeeded: other.count))
        data.append(other)
        var writer = MessageWriter()
        writer.appendCanonical(keyName)
        writer.append(CairnDNSType.tsig.rawValue)
        writer.append(DNSMessage.RecordClass.anything.rawValue)
        writer.append(UInt32(0))
        writer.append(UInt16(truncatingIfNeeded: data.bytes.count))
        writer.append(data.bytes)
        return writer.bytes
    }

    /// A message with the record at its end.
    func appended(to message: [UInt8]) -> [UInt8] {
        var message = message
        let count = (UInt16(message[10]) << 8 | UInt16(message[11])) &+ 1
        (message[10], message[11]) = (UInt8(count >> 8), UInt8(truncatingIfNeeded: count))
        return message + octets
    }
}

/// Signs the answers to one request, one after the other (RFC 8945 §5.3).
struct TSIGSession: Sendable {
    let key: CairnTSIGKey
    /// The record of the answers, but for the MAC.
    private(set) var record: TSIGRecord
    /// As long as that of the request.
    private let macLength: Int
    /// The MAC of the message before.
    private var previous: [UInt8]
    private var isFirst = true

    fileprivate init(_ key: CairnTSIGKey, answering request: TSIGRecord, at now: UInt64) {
        self.key = key
        previous = request.mac
        macLength = min(max(request.mac.count, key.algorithm.leastMACLength), key.algorithm.macLength)
        record = request
        (record.time, record.error, record.other) = (now, .noError, [])
    }

    fileprivate mutating func refuse(_ error: TSIGRecord.ErrorCode, at time: UInt64, other: [UInt8] = []) {
        (record.error, record.time, record.other) = (error, time, other)
    }

    /// How many octets the signature of an answer takes.
    var length: Int {
        var record = record
        record.mac = [UInt8](repeating: 0, count: macLength)
        return record.length
    }

    /// The message with its signature.
    mutating func sign(_ message: [UInt8]) -> [UInt8] {
        record.originalID = UInt16(message[0]) << 8 | UInt16(message[1])
        let covered = Self.prefix(previous) + message + record.variables(timersOnly: !isFirst)
        record.mac = Array(key.mac(of: covered).prefix(macLength))
        (previous, isFirst) = (record.mac, false)
        return record.appended(to: message)
    }

    private static func prefix(_ mac: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: mac.count >> 8), UInt8(truncatingIfNeeded: mac.count)] + mac
    }
}

/// What the signature of a request comes to (RFC 8945 §5.2).
enum TSIGVerdict: Sendable {
    case genuine(TSIGSession)
    /// Its MAC has a length that no MAC may have: `FORMERR`.
    case malformed(String)
    /// The key is unknown or the MAC is another one: `NOTAUTH`, with a record that signs nothing.
    case unsigned(TSIGRecord, String)
    /// The time or the length of the MAC will not do: `NOTAUTH`, signed.
    case refused(TSIGSession, String)

    /// - Parameters:
    ///   - start: where in the message the record begins.
    ///   - now: in seconds since 1970.
    init(_ record: TSIGRecord, at start: Int, of message: [UInt8], keys: [CairnTSIGKey], now: UInt64) {
        let known = keys.first {
            DNSName($0.name).key == record.keyName.key && DNSName($0.algorithm.rawValue) == record.algorithm.key
        }
        guard let key = known else {
            let (name, algorithm) = (record.keyName.description, record.algorithm.description)
            self = Self.reject(record, .badKey, "there is no key \(name.quoted) for \(algorithm) (RFC 8945 §5.2.1)")
            return
        }
        let whole = key.algorithm.macLength
        guard (key.algorithm.leastMACLength...whole).contains(record.mac.count) else {
            self = .malformed(
                "expected a MAC of \(key.algorithm.leastMACLength) to \(whole) octets, got one of \(record.mac.count) "
                    + "(RFC 8945 §5.2.2.1)")
            return
        }
        let covered = Self.signed(message, upTo: start, id: record.originalID) + record.variables(timersOnly: false)
        guard key.mac(of: covered).prefix(record.mac.count).elementsEqual(record.mac) else {
            self = Self.reject(record, .badSignature, "the MAC is that of another key or message (RFC 8945 §5.2.2)")
            return
        }
        var session = TSIGSession(key, answering: record, at: now)
        let distance = now > record.time ? now - record.time : record.time - now
        if distance > UInt64(record.fudge) {
            // RFC 8945 §5.2.3: the time is that of the request, the other data are the server's.
            let octets = (0..<6).reversed().map { UInt8(truncatingIfNeeded: now >> (8 * UInt64($0))) }
            session.refuse(.badTime, at: record.time, other: octets)
            self = .refused(
                session,
                "BADTIME: signed at \(record.time), which is \(distance) s from the \(now) of the CA's clock, and at most "
                    + "\(record.fudge) s were allowed (RFC 8945 §5.2.3)")
        } else if let least = key.minimumMACLength, record.mac.count < least {
            session.refuse(.badTruncation, at: now)
            self = .refused(
                session,
                "BADTRUNC: expected a MAC of at least \(least) octets, got one of \(record.mac.count) (RFC 8945 §5.2.4)"
            )
        } else {
            self = .genuine(session)
        }
    }

    private static func reject(
        _ record: TSIGRecord, _ error: TSIGRecord.ErrorCode, _ reason: String
    ) -> TSIGVerdict {
        var answer = record
        (answer.mac, answer.error, answer.other) = ([], error, [])
        return .unsigned(answer, "\(error): \(reason)")
    }

    /// The message as it was before it was signed (RFC 8945 §4.3.2).
    private static func signed(_ message: [UInt8], upTo end: Int, id: UInt16) -> [UInt8] {
        var message = Array(message[..<end])
        let count = (UInt16(message[10]) << 8 | UInt16(message[11])) &- 1
        (message[10], message[11]) = (UInt8(count >> 8), UInt8(truncatingIfNeeded: count))
        (message[0], message[1]) = (UInt8(id >> 8), UInt8(truncatingIfNeeded: id))
        return message
    }
}

/// What goes at the end of the answers to a request.
enum TSIGAnswer: Sendable {
    case nothing
    /// A record that signs nothing.
    case unsigned(TSIGRecord)
    case signed(TSIGSession)

    /// How many octets it takes.
    var length: Int {
        switch self {
        case .nothing: 0
        case .unsigned(let record): record.length
        case .signed(let session): session.length
        }
    }

    /// The key that the request was signed with.
    var key: String? {
        if case .signed(let session) = self { session.key.name } else { nil }
    }

    mutating func finish(_ message: [UInt8]) -> [UInt8] {
        switch self {
        case .nothing: return message
        case .unsigned(let record): return record.appended(to: message)
        case .signed(var session):
            defer { self = .signed(session) }
            return session.sign(message)
        }
    }
}
