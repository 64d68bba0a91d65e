public import CairnCertificates
public import CairnModel

/// One line of the journal.
public struct CairnJournalEntry: Sendable {
    /// Counts from 0 and never repeats within one CA, so a gap at the beginning shows how much was forgotten.
    public let number: Int
    /// When it happened, on the clock of the CA.
    public let at: CairnInstant
    /// What happened.
    public internal(set) var event: CairnJournalEvent
}

extension CairnJournalEntry {
    /// The request, if it is about one.
    public var request: CairnRequestEvent? { if case .request(let event) = event { event } else { nil } }
    /// The new status of an object, if it is about one.
    public var statusChange: CairnStatusEvent? { if case .status(let event) = event { event } else { nil } }
    /// The certificate that was issued, if it is about one.
    public var certificate: CairnCertificate? { if case .issued(let certificate) = event { certificate } else { nil } }
    /// What a client should not have done, if it is about that.
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
    /// A request came, and it was decided what is answered.
    case request(CairnRequestEvent)
    /// An object was created, or its status changed.
    case status(CairnStatusEvent)
    /// A certificate was issued.
    case issued(CairnCertificate)
    /// A certificate was revoked, for a reason if the request gave one (RFC 8555 §7.6).
    case revoked(CairnSerialNumber, ACMERevocationReason?)
    /// Somebody agreed for an account to a version of the terms (RFC 8555 §7.3.3).
    case agreed(account: CairnObjectID, terms: String)
    /// A client did something that it should not.
    case finding(CairnFinding)
    /// The CA looked whether a challenge is fulfilled.
    case probe(CairnProbeEvent)
    /// A rule did something to a connection before there was a request.
    case connection(CairnConnectionEvent)
    /// A test assigned a value to a setting that cannot have it.
    case refusedSetting(CairnRefusedSetting)
}

/// A connection to which a rule did something before there was a request.
///
/// It is in the journal when the connection is accepted, where it is decided.
public struct CairnConnectionEvent: Hashable, Sendable {
    /// As in ``CairnDeliveryReport/connection``.
    public let number: Int
    /// The address of the client, if it is known.
    public let source: CairnIPAddress?
    /// Which rule did what.
    public let rule: CairnRuleFiring

    package init(number: Int, source: CairnIPAddress?, rule: CairnRuleFiring) {
        (self.number, self.source, self.rule) = (number, source, rule)
    }
}

/// A new status of an object.
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
        /// What an order ends with (RFC 8555 §7.4.2).
        case certificate
        /// The key of an external account (RFC 8555 §7.3.4).
        case externalAccountKey
    }

    /// What kind of object it is.
    public let subject: Subject
    /// The last part of the object's URL; for a challenge, its authorization and number; for the key of an external
    /// account, its identifier.
    public let id: CairnObjectID
    /// The name, or names, that the object is about.
    public let identifiers: [ACMEIdentifier]
    /// `nil` for an object that is new.
    public let from: ACMEStatus?
    /// The status from now on.
    public let to: ACMEStatus
}

/// A request, and what was answered.
///
/// Texts are as the client sent them: whoever prints them escapes them. ``description`` does.
///
/// What came and what was answered is kept in the form that it had on its way, so that recording costs a request next to
/// nothing; ``headerFields``, ``protectedHeader`` and ``payload`` are read from it whenever they are asked for.
public struct CairnRequestEvent: Sendable {
    /// What was really sent, and when; `nil` until that is known.
    ///
    /// The entry is made when the answer is decided. It gets this as soon as everything has been sent or nothing more can
    /// be: at once where `TestCA.respond(to:)` was called, which has no wire.
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
            self.facts = facts
        }
    }

    package init(_ facts: consuming Facts) { self.facts = Box(facts) }

    /// About how many bytes it takes up.
    var size: Int { facts.size }
}

// MARK: - What came

extension CairnRequestEvent {
    /// Counts the requests to the ACME server from 1 in the order in which they came, and never repeats within one CA.
    ///
    /// Requests that are answered at the same time can stand in the journal in another order.
    public var number: Int { facts.facts.number }
    /// `nil` for a path that leads nowhere.
    public var endpoint: ACMEEndpoint? { facts.facts.endpoint }
    /// Empty, like ``path``, for a request that could not be read.
    public var method: String { facts.facts.method }
    /// Path and query.
    public var path: String { facts.facts.path }
    /// The world that the client chose by its URL, `/with/NAME/…`: the names of its sets of rules, joined by `+`; `nil` for
    /// none.
    public var world: String? { RuleWorld.split(path)?.world.name }
    /// The URL that the request was sent to, with the host that it named.
    public var url: String { "\(facts.facts.scheme ?? "https")://\(facts.facts.authority ?? "localhost")\(path)" }
    /// The address of the client; `nil` for a request that came over no connection, or could not be read.
    public var source: CairnIPAddress? { facts.facts.source }
    /// What the client speaks: `RFC 8555`, or the name of the draft.
    public var dialect: String { facts.facts.dialect }
    /// The header fields, in order; without `Host`, which ``url`` has.
    public var headerFields: CairnHeaderFields { CairnHeaderFields(facts.facts.fields) }
    /// The content as it came, a JWS most of the time.
    public var body: [UInt8] { facts.facts.body }
    /// The account that signed the request; `nil` if none did, or none was found out.
    public var account: CairnObjectID? { signer.map { "\($0)" } }

    /// The ``account``, which costs less than its name.
    var signer: Account.ID? { facts.facts.account }

    /// How the client calls itself in `User-Agent`, the first 200 bytes of it.
    public var client: String? {
        facts.fields.userAgent.map {
            $0.utf8.count <= 200 ? $0 : String(decoding: $0.utf8.prefix(200), as: UTF8.self)
        }
    }

    /// The protected header of the JWS, with a good signature or without; `nil` if there was none that could be read.
    public var protectedHeader: CairnJSON? { SentJWS(body)?.header }

    /// The nonce in the ``protectedHeader``.
    public var nonce: String? { facts.facts.nonce ?? protectedHeader?["nonce"]?.string }

    /// The `Content-Type`, which costs less than to list ``headerFields``.
    var contentType: String? { facts.fields.contentType }

    /// The nonce as it was read on the way of the request; the body is only read where that did not happen.
    var nonceSpent: String? { facts.facts.nonce ?? (problem == nil ? nil : nonce) }

    /// What the JWS says, with a good signature or without; `nil` for a POST-as-GET, and for what is no JSON.
    ///
    /// Of a keyChange, what the new key signed (RFC 8555 §7.3.5).
    public var payload: CairnJSON? {
        guard let outer = SentJWS(body)?.payload else { return nil }
        guard endpoint == .keyChange else { return outer }
        return SentJWS(outer)?.payload ?? outer
    }
}

// MARK: - What was answered

extension CairnRequestEvent {
    /// The status of the response; 0 where a rule let there be none.
    public var status: Int { facts.facts.status }
    /// The object that the response shows, and the status that it has there; `nil` if it shows none.
    public var object: ShownObject? { facts.facts.object }
    /// What ``revocationAnswer`` has.
    var told: RevocationAnswer? { facts.facts.told }
    /// The refusal, if it was one.
    public var problem: ACMEProblem? { facts.facts.problem }
    /// What rules did to the request and its response, in order; empty if none did anything.
    public var rules: [CairnRuleFiring] { facts.facts.rules }
    /// The response, as it was decided on; ``sent`` tells what became of it.
    public var answer: Answer { Answer(box: facts) }

    /// Whether a refusal is what the request asks for, and tells of no mistake: that there is no account yet
    /// (`onlyReturnExisting`, RFC 8555 §7.3.1).
    public var isRefusedAsAsked: Bool { problem?.cause == .noSuchAccount }

    /// A response, as it was decided on.
    public struct Answer: Sendable {
        fileprivate let box: Box
        private var facts: Facts { _read { yield box.facts } }

        /// Such as 201; 0 where a rule let there be none.
        public var status: Int { facts.status }
        /// What goes with it: `Created`; empty if nothing does.
        public var reason: String { facts.reason }
        /// The header fields, in order; without those that depend on the connection.
        public var headerFields: CairnHeaderFields { CairnHeaderFields(facts.answerFields) }
        /// The only `Retry-After`; `nil` for none, and for several.
        var retryAfter: String? { facts.retryAfter }
        /// The whole content.
        ///
        /// An answer to HEAD has the one that GET has, though it is not sent.
        public var body: [UInt8] { facts.answerBody }
        /// The content, if it is JSON.
        public var json: CairnJSON? { body.first == UInt8(ascii: "{") ? try? CairnJSON(parsing: body) : nil }
    }

    /// An object of the CA as a response shows it.
    public struct ShownObject: Hashable, Sendable {
        /// What kind of object it is.
        public var subject: CairnStatusEvent.Subject
        /// As in ``CairnStatusEvent/id``.
        public var id: CairnObjectID
        /// As the client sees it: `processing`.
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

/// Header fields in order, of a request or a response; names are found in any case (RFC 9110 §5.1).
public struct CairnHeaderFields: RandomAccessCollection, Sendable {
    /// A name and a value.
    public struct Field: Hashable, Sendable {
        /// As it was written.
        public var name: String
        /// As it was written.
        public var value: String

        package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    private let fields: [Field]

    init(_ source: (any HeaderFieldSource)?) { fields = source?.listed ?? [] }

    /// Where the fields begin.
    public var startIndex: Int { fields.startIndex }
    /// Where they end.
    public var endIndex: Int { fields.endIndex }
    /// A field by its place.
    public subscript(position: Int) -> Field { fields[position] }

    /// The value of a field, of several with that name all of them with commas between (RFC 9110 §5.2); `nil` if there is
    /// none.
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
