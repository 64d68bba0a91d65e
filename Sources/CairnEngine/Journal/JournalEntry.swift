public import CairnCertificates
public import CairnModel

/// A journal entry.
public struct CairnJournalEntry: Sendable {
    /// The number of the entry, from 0 and unique within a CA.
    ///
    /// A gap at the beginning shows how many were forgotten.
    public let number: Int
    /// When it happened, on the CA's clock.
    public let at: CairnInstant
    /// What happened.
    public internal(set) var event: CairnJournalEvent
}

extension CairnJournalEntry {
    /// The request, if it is about one.
    public var request: CairnRequestEvent? { if case .request(let event) = event { event } else { nil } }
    /// The new status of an object, if it is about one.
    public var statusChange: CairnStatusEvent? { if case .status(let event) = event { event } else { nil } }
    /// The issued certificate, if it is about one.
    public var certificate: CairnCertificate? { if case .issued(let certificate) = event { certificate } else { nil } }
    /// The finding, if it is one.
    public var finding: CairnFinding? { if case .finding(let finding) = event { finding } else { nil } }
    /// The setting that kept its value, if it is about one.
    public var refusedSetting: CairnRefusedSetting? {
        if case .refusedSetting(let refused) = event { refused } else { nil }
    }
    /// The connection, if it is about one.
    public var connection: CairnConnectionEvent? { if case .connection(let event) = event { event } else { nil } }
    /// The validation, if it is about one.
    public var probe: CairnProbeEvent? { if case .probe(let event) = event { event } else { nil } }
}

/// Something that happened in the CA.
public enum CairnJournalEvent: Sendable {
    /// A request was received and answered.
    case request(CairnRequestEvent)
    /// An object was created, or its status changed.
    case status(CairnStatusEvent)
    /// A certificate was issued.
    case issued(CairnCertificate)
    /// A certificate was revoked, with the reason if there was one (RFC 8555 §7.6).
    case revoked(CairnSerialNumber, ACMERevocationReason?)
    /// An account agreed to a version of the terms (RFC 8555 §7.3.3).
    case agreed(account: CairnObjectID, terms: String)
    /// A client did something that it should not.
    case finding(CairnFinding)
    /// The CA validated a challenge.
    case probe(CairnProbeEvent)
    /// A rule fired on a connection before there was a request.
    case connection(CairnConnectionEvent)
    /// A test assigned a value to a setting that cannot have it.
    case refusedSetting(CairnRefusedSetting)
}

/// A connection on which a rule fired before there was a request.
///
/// It is recorded when the connection is accepted.
public struct CairnConnectionEvent: Hashable, Sendable {
    /// As in ``CairnDeliveryReport/connection``.
    public let number: Int
    /// The address of the client, if it is known.
    public let source: CairnIPAddress?
    /// The rule that fired.
    public let rule: CairnRuleFiring

    package init(number: Int, source: CairnIPAddress?, rule: CairnRuleFiring) {
        (self.number, self.source, self.rule) = (number, source, rule)
    }
}

/// A status change of an object.
public struct CairnStatusEvent: Hashable, Sendable {
    /// The kinds of objects that have a status.
    public enum Subject: String, Sendable {
        /// RFC 8555 §7.1.2.
        case account
        /// RFC 8555 §7.1.3.
        case order
        /// RFC 8555 §7.1.4.
        case authorization
        /// RFC 8555 §7.1.5, §8.
        case challenge
        /// RFC 8555 §7.4.2.
        case certificate
        /// The key of an external account (RFC 8555 §7.3.4).
        case externalAccountKey
    }

    /// The kind of object.
    public let subject: Subject
    /// The last part of the object's URL; for a challenge, its authorization and number; for the key of an external
    /// account, its identifier.
    public let id: CairnObjectID
    /// The identifiers of the object.
    public let identifiers: [ACMEIdentifier]
    /// The previous status; `nil` for a new object.
    public let from: ACMEStatus?
    /// The new status.
    public let to: ACMEStatus
}

/// A request and its answer.
///
/// Text is as the client sent it and has to be escaped for printing, as ``description`` does.
///
/// Requests and answers are stored as they were transmitted, which makes recording cheap; ``headerFields``,
/// ``protectedHeader`` and ``payload`` are parsed on each access.
public struct CairnRequestEvent: Sendable {
    /// What was actually sent, and when; `nil` until that is known.
    ///
    /// It is set once everything has been sent or nothing more can be; at once for `TestCA.respond(to:)`.
    public internal(set) var sent: CairnDeliveryReport?

    private let facts: Box

    /// What is known when the answer is decided.
    fileprivate final class Box: Sendable {
        let facts: Facts
        /// Of the request.
        let fields: FieldDigest
        let size: Int

        init(_ facts: consuming Facts) {
            fields = facts.fields?.digest ?? FieldDigest()
            size = facts.size + fields.size
            self.facts = consume facts
        }
    }

    package init(_ facts: consuming Facts) { self.facts = Box(facts) }

    /// About how many bytes it takes up.
    var size: Int { facts.size }
}

// MARK: - What came

extension CairnRequestEvent {
    /// The number of the request to the ACME server, from 1 in order of arrival and unique within a CA.
    ///
    /// Concurrent requests may be recorded in another order.
    public var number: Int { facts.facts.number }
    /// The endpoint; `nil` for an unknown path.
    public var endpoint: ACMEEndpoint? { facts.facts.endpoint }
    /// The method.
    ///
    /// Empty, like ``path``, if the request could not be parsed.
    public var method: String { facts.facts.method }
    /// The path and query.
    public var path: String { facts.facts.path }
    /// The world that the client selected with `/with/NAME/…`: the names of rulesets joined by `+`; `nil` for none.
    public var world: String? { RuleWorld.split(path)?.world.name }
    /// The URL of the request, with the host that the client named.
    public var url: String { "\(facts.facts.scheme ?? "https")://\(facts.facts.authority ?? "localhost")\(path)" }
    /// The address of the client; `nil` for in-memory requests, and if the request could not be parsed.
    public var source: CairnIPAddress? { facts.facts.source }
    /// The dialect: `RFC 8555`, or the name of the draft.
    public var dialect: String { facts.facts.dialect }
    /// The header fields, in order; without `Host`, which is in ``url``.
    public var headerFields: CairnHeaderFields { CairnHeaderFields(facts.facts.fields) }
    /// The content, usually a JWS.
    public var body: [UInt8] { facts.facts.body }
    /// The account that signed the request, if known.
    public var account: CairnObjectID? { signer.map { "\($0)" } }

    /// The ``account``, which costs less than its name.
    var signer: Account.ID? { facts.facts.account }

    /// The first 200 bytes of `User-Agent`.
    public var client: String? {
        facts.fields.userAgent.map {
            $0.utf8.count <= 200 ? $0 : String(decoding: $0.utf8.prefix(200), as: UTF8.self)
        }
    }

    /// The protected header of the JWS, even if its signature is invalid; `nil` if it could not be parsed.
    public var protectedHeader: CairnJSON? { SentJWS(body)?.header }

    /// The nonce in the ``protectedHeader``.
    public var nonce: String? { facts.facts.nonce ?? protectedHeader?["nonce"]?.string }

    /// The `Content-Type`, which costs less than to list ``headerFields``.
    var contentType: String? { facts.fields.contentType }

    /// The nonce as it was read on the way of the request; the body is only read where that did not happen.
    var nonceSpent: String? { facts.facts.nonce ?? (problem == nil ? nil : nonce) }

    /// The payload of the JWS, even if its signature is invalid; `nil` for POST-as-GET, and if it is not JSON.
    ///
    /// For keyChange, the payload that the new key signed (RFC 8555 §7.3.5).
    public var payload: CairnJSON? {
        guard let outer = SentJWS(body)?.payload else { return nil }
        guard endpoint == .keyChange else { return outer }
        return SentJWS(outer)?.payload ?? outer
    }
}

// MARK: - What was answered

extension CairnRequestEvent {
    /// The status of the response; 0 if a rule suppressed it.
    public var status: Int { facts.facts.status }
    /// The object in the response with its status there, if any.
    public var object: ShownObject? { facts.facts.object }
    /// What ``revocationAnswer`` has.
    var told: RevocationAnswer? { facts.facts.told }
    /// The problem, if the request was refused.
    public var problem: ACMEProblem? { facts.facts.problem }
    /// The rules that fired, in order.
    public var rules: [CairnRuleFiring] { facts.facts.rules }
    /// The response as decided; ``sent`` tells what was sent of it.
    public var answer: Answer { Answer(box: facts) }

    /// Whether the refusal is an expected answer: that there is no account yet (`onlyReturnExisting`, RFC 8555 §7.3.1).
    public var isRefusedAsAsked: Bool { problem?.cause == .noSuchAccount }

    /// A response as decided.
    public struct Answer: Sendable {
        fileprivate let box: Box
        private var facts: Facts { box.facts }

        /// The status, such as 201; 0 if a rule suppressed the response.
        public var status: Int { facts.status }
        /// The reason phrase: `Created`; may be empty.
        public var reason: String { facts.reason }
        /// The header fields, in order; without connection-specific ones.
        public var headerFields: CairnHeaderFields { CairnHeaderFields(facts.answerFields) }
        /// The only `Retry-After`; `nil` for none, and for several.
        var retryAfter: String? { facts.retryAfter }
        /// The full content.
        ///
        /// For HEAD, the content of GET, although it is not sent.
        public var body: [UInt8] { facts.answerBody }
        /// The content, if it is JSON.
        public var json: CairnJSON? { body.first == UInt8(ascii: "{") ? try? CairnJSON(parsing: body) : nil }
    }

    /// An object as shown in a response.
    public struct ShownObject: Hashable, Sendable {
        /// The kind of object.
        public var subject: CairnStatusEvent.Subject
        /// As in ``CairnStatusEvent/id``.
        public var id: CairnObjectID
        /// The status that the client sees: `processing`.
        public var status: ACMEStatus

        package init(_ subject: CairnStatusEvent.Subject, _ id: CairnObjectID, _ status: ACMEStatus) {
            (self.subject, self.id, self.status) = (subject, id, status)
        }
    }
}

// MARK: - How it is kept

/// What every request is judged by of header fields: found in one pass, without a list of all.
package struct FieldDigest: Sendable {
    /// The first `User-Agent`.
    package var userAgent: String?
    /// The first `Content-Type`.
    package var contentType: String?
    package var count = 0
    /// How many bytes names and values have.
    package var bytes = 0

    package init() {}

    /// About how many bytes they take up.
    fileprivate var size: Int { bytes + 96 * count }
}

/// Header fields in whatever form HTTP has them; a value of one word costs nothing to keep.
package protocol HeaderFieldSource: Sendable {
    var count: Int { get }
    /// All names and values, in order.
    var listed: [CairnHeaderFields.Field] { get }
    var digest: FieldDigest { get }
}

extension CairnRequestEvent {
    /// What is known when the answer is decided, with everything in the form that it has anyway.
    package struct Facts: Sendable {
        package var number: Int
        package var endpoint: ACMEEndpoint?
        package var dialect = ""
        package var method: String
        package var path: String
        package var scheme: String?
        package var authority: String?
        package var source: CairnIPAddress?
        package var account: Account.ID?
        package var fields: (any HeaderFieldSource)?
        package var body: [UInt8] = []
        /// The nonce of the request, where its JWS was read.
        package var nonce: String?
        package var status: Int
        package var reason = ""
        package var object: ShownObject?
        package var problem: ACMEProblem?
        package var told: RevocationAnswer?
        package var rules: [CairnRuleFiring] = []
        package var answerFields: (any HeaderFieldSource)?
        /// The only `Retry-After` of the answer; `nil` for none, and for several.
        package var retryAfter: String?
        package var answerBody: [UInt8] = []

        package init(number: Int = 0, endpoint: ACMEEndpoint?, method: String, path: String, status: Int) {
            (self.number, self.endpoint, self.method) = (number, endpoint, method)
            (self.path, self.status) = (path, status)
        }

        /// About how many bytes it takes up beside the header fields of the request; our own are as long as such are.
        fileprivate var size: Int {
            let request = method.utf8.count + path.utf8.count + (authority?.utf8.count ?? 0) + body.count
            let answer = 160 * (answerFields?.count ?? 0) + answerBody.count
            return request + answer + (problem?.size ?? 0) + 64 * rules.count
        }
    }
}

/// A JWS as it came, read so leniently that whatever can be read of it is.
struct SentJWS {
    let header: CairnJSON?
    let payload: CairnJSON?

    init?(_ body: [UInt8]) {
        guard body.first.map({ $0 == UInt8(ascii: "{") || $0 <= 0x20 }) == true,
            let json = try? CairnJSON(parsing: body)
        else { return nil }
        self.init(json)
    }

    init?(_ json: CairnJSON) {
        let protected = json["protected"] ?? json["signatures"]?.array?.first?["protected"]
        guard protected != nil || json["payload"] != nil else { return nil }
        (header, payload) = (Self.read(protected), Self.read(json["payload"]))
    }

    private static func read(_ member: CairnJSON?) -> CairnJSON? {
        guard let text = member?.string, !text.isEmpty, let bytes = try? Base64URL.decode(text) else { return nil }
        return try? CairnJSON(parsing: bytes)
    }
}

/// The header fields of a message, in order; names are case-insensitive (RFC 9110 §5.1).
public struct CairnHeaderFields: RandomAccessCollection, Sendable {
    /// A name and a value.
    public struct Field: Hashable, Sendable {
        /// As it was sent.
        public var name: String
        /// As it was sent.
        public var value: String

        package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    private let fields: [Field]

    init(_ source: (any HeaderFieldSource)?) { fields = source?.listed ?? [] }

    /// The index of the first field.
    public var startIndex: Int { fields.startIndex }
    /// The index after the last field.
    public var endIndex: Int { fields.endIndex }
    /// The field at an index.
    public subscript(position: Int) -> Field { fields[position] }

    /// The value of a field; several fields with the same name are joined by commas (RFC 9110 §5.2).
    ///
    /// `nil` if there is none.
    public subscript(name: String) -> String? {
        let values = values(of: name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The values of all fields with a name, in order.
    public func values(of name: String) -> [String] {
        fields.filter { $0.name.isSameIgnoringCase(as: name) }.map(\.value)
    }
}

extension CairnHeaderFields: CustomStringConvertible {
    /// `[Accept: "*/*", User-Agent: "certbot/5.8"]`.
    public var description: String {
        "[" + fields.map { "\($0.name.plain): \($0.value.quoted)" }.joined(separator: ", ") + "]"
    }
}
