import Cairn
import CairnReferenceClient
import CairnTesting
import Foundation

/// A client that does what RFC 8555 and the CAs in use want of it, unless ``bugs`` says otherwise.
///
/// It takes from answers what it needs and puts up with everything else, tries again what may be tried again, and waits by
/// the clock of the CA, which it moves.
final class CorrectClient {
    /// Why it did not get what it wanted.
    struct Failure: Error, CustomStringConvertible {
        let description: String
        /// The refusal, if there was one.
        var problem: String?
    }

    /// The connection ended before there was an answer.
    struct Lost: Error {}

    let ca: TestCA
    var bugs: Set<Bug> = []
    var key: AccountKey
    /// The account URL, once there is one.
    var kid: String?
    /// How to get an account that is bound to another (RFC 8555 §7.3.4): the `kid`, and the key as people are told it.
    var external: (identifier: String, macKeyText: String)?
    /// How long its records take until everybody sees them.
    var propagation = Duration.zero
    /// The issuer of the topmost certificate that it would like to have, by its common name.
    var preferredIssuer: String?
    /// Whether it looks up its own records before it says that they are there.
    var looksUpRecords = false
    /// How far its own clock is behind that of the CA.
    var delay = Duration.zero
    /// How long it waits for an answer.
    var patience = Duration.seconds(30)
    /// Asks a person to read a page.
    var human: (_ page: String) throws -> Void = { _ in }
    /// What its user is told.
    var report: [String] = []
    /// What happens while it waits.
    var whileWaiting: () -> Void = {}
    /// The resolvers elsewhere in the world that it looks at before it says that its records are there.
    var resolvers: [CairnDNSView] = []
    /// Whether its web server leads every request to itself over TLS, with a certificate that nobody vouches for.
    var leadsToItselfOverTLS = false
    /// The certificate that its TLS server shows in the ordinary way.
    var usualCertificate: [UInt8] = []
    /// Whether it signs until a half of the signature begins with a zero, as one in 128 does.
    var seeksLeadingZeros = false
    /// The window of the first renewal information that it ever read.
    var firstWindow: (start: CairnInstant, end: CairnInstant)?

    private let transport: ReferenceClient.Transport
    private let directoryURL: String
    private var knownDirectory: [String: Any]?
    var nonces: [String] = []

    /// - Parameter transport: how requests reach the CA; by default without a socket.
    init(_ ca: TestCA, directory: String? = nil, transport: ReferenceClient.Transport? = nil) throws {
        self.ca = ca
        key = try AccountKey()
        directoryURL = directory ?? ca.directoryURL
        self.transport = transport ?? Self.withoutSocket(ca)
    }

    func has(_ bug: Bug) -> Bool { bugs.contains(bug) }

    var now: CairnInstant { ca.clock.now - delay }

    func wait(_ duration: Duration) {
        guard duration > .zero else { return }
        ca.clock.advance(by: duration)
        whileWaiting()
    }

    // MARK: Requests

    /// One request and its answer.
    func exchange(_ method: String, _ url: String, contentType: String? = nil, body: Data = Data()) throws -> Response {
        var fields = ["User-Agent": "correct/1.0"]
        fields["Content-Type"] = contentType
        let response = try transport(method, url, fields, body)
        let nonce =
            has(.matchesFieldNamesByCase)
            ? response.fields.first { $0.name == "Replay-Nonce" }?.value : response["Replay-Nonce"]
        if method == "GET", nonce != nil, has(.refusesNoncesOfGET) {
            throw Failure(description: "a nonce that nobody asked for")
        }
        if let nonce, !nonce.isEmpty { nonces.append(nonce) }
        return response
    }

    /// An unsigned request, as often as it takes.
    func get(_ url: String, method: String = "GET") throws -> Response {
        var pause = Duration.seconds(1)
        for _ in 0..<10 {
            let response: Response
            do { response = try exchange(method, url) } catch is Lost {
                if has(.givesUpOnResetStreams) { throw Failure(description: "the stream was reset") }
                continue
            }
            guard isTransient(response) else { return response }
            if method == "HEAD", has(.takesEveryAnswerOfNewNonceForOne) { return response }
            if has(.diesOnADirectoryInHTML), url == directoryURL {
                throw Failure(description: "unexpected < at the beginning of the directory")
            }
            wait(try retryAfter(response) ?? pause)
            pause = min(pause * 2, .minutes(1))
        }
        throw Failure(description: "\(url) does not answer")
    }

    func directory() throws -> [String: Any] {
        if let knownDirectory { return knownDirectory }
        let response = try get(directoryURL)
        guard response.status == 200, response.json["newOrder"] != nil else {
            throw Failure(description: "there is no directory: \(response.status)")
        }
        if has(.searchesJSONAsText), !response.text.contains("\"newOrder\":\"https://") {
            throw Failure(description: "there is no newOrder in the directory")
        }
        knownDirectory = response.json
        return response.json
    }

    func endpoint(_ name: String) throws -> String {
        guard let url = try directory()[name] as? String else { throw Failure(description: "there is no \(name)") }
        guard has(.signsTheDialledURL) else { return url }
        // Whoever comes by another name than the one that the CA has for itself.
        return "https://localhost" + url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
    }

    func nonce() throws -> String {
        if let nonce = nonces.popLast() { return nonce }
        let response = try get(try endpoint("newNonce"), method: "HEAD")
        if has(.wants204OfNewNonce) && response.status != 204 || has(.wants200OfNewNonce) && response.status != 200 {
            throw Failure(description: "newNonce answered \(response.status)")
        }
        guard let nonce = nonces.popLast() else { throw Failure(description: "newNonce gave no nonce") }
        return nonce
    }

    enum Signer {
        case account
        case key(AccountKey)
    }

    /// A signed request, as often as it takes; `nil` as the payload reads.
    ///
    /// - Throws: ``Lost`` if the answer of a request is lost that may not be sent again as it is.
    func post(
        _ url: String, _ payload: [String: Any]?, as signer: Signer = .account, repeating: Bool = true
    ) throws -> Response {
        var pause = Duration.seconds(1)
        for _ in 0..<12 {
            var signingKey = key
            if case .key(let other) = signer { signingKey = other }
            var header: [String: Any] = ["alg": signingKey.algorithm, "nonce": try nonce(), "url": url]
            if case .account = signer { header["kid"] = kid ?? "" } else { header["jwk"] = signingKey.jwk }
            let message = Message(
                header: header, payload: try payload.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data())
            let response: Response
            do {
                response = try exchange(
                    "POST", url, contentType: message.contentType, body: try encode(message, by: signingKey))
            } catch is Lost where payload == nil || repeating {
                continue
            }
            if response.status >= 400, response["Replay-Nonce"] ?? "" == "", has(.needsANonceOnErrors) {
                throw Failure(description: "the answer has no nonce")
            }
            if type(of: response) == "badNonce" {
                if has(.givesUpOnBadNonce) { return response }
                // What is stored is as old, or older; what came with the refusal is fresh.
                let fresh = response["Replay-Nonce"].flatMap { $0.isEmpty ? nil : $0 }
                nonces = has(.retriesWithStoredNonces) ? Array(nonces.dropLast()) : fresh.map { [$0] } ?? []
                continue
            }
            guard isTransient(response) else { return response }
            wait(try retryAfter(response) ?? pause)
            pause = min(pause * 2, .minutes(1))
        }
        throw Failure(description: "gave up on \(url)")
    }

    private func encode(_ message: Message, by key: AccountKey) throws -> Data {
        guard seeksLeadingZeros else { return try message.encoded(by: key) }
        var (message, found) = (message, false)
        message.forge = { [bugs] signature in
            let (r, s) = (signature.prefix(32), signature.suffix(32))
            found = r.first == 0 || s.first == 0
            if bugs.contains(.dropsLeadingZeros) { signature = r.drop { $0 == 0 } + s.drop { $0 == 0 } }
        }
        while true {
            let encoded = try message.encoded(by: key)
            if found { return encoded }
        }
    }

    /// A request of the account, which is made again if the CA does not know it, and agrees to new terms.
    func call(_ url: String, _ payload: [String: Any]?, repeating: Bool = true) throws -> Response {
        if kid == nil { try register() }
        let response = try post(url, payload, repeating: repeating)
        switch type(of: response) {
        case "accountDoesNotExist" where !has(.keepsAForeignAccount):
            try register()
        case "unauthorized" where response.status == 401 && !has(.keepsAForeignAccount):
            key = try AccountKey()
            try register()
        case "userActionRequired" where !has(.ignoresNewTerms):
            guard let page = response.json["instance"] as? String ?? response.links("terms-of-service").first else {
                return response
            }
            try human(page)
        default: return response
        }
        return try post(url, payload, repeating: repeating)
    }

    /// Creates or finds the account of the key (RFC 8555 §7.3).
    func register() throws {
        var members: [String: Any] = ["termsOfServiceAgreed": true]
        let url = try endpoint("newAccount")
        if let external { members["externalAccountBinding"] = try binding(to: external, url: url) }
        let response = try post(url, members, as: .key(key))
        guard response.status < 300, let location = response["Location"] else { throw refusal(response) }
        kid = location
    }

    // MARK: Answers

    /// What came as a refusal, read without regard to how its media type is written.
    func type(of response: Response) -> String? {
        guard response.status >= 400, let type = response.json["type"] as? String else { return nil }
        return type.replacingOccurrences(of: "urn:ietf:params:acme:error:", with: "")
    }

    func refusal(_ response: Response) -> Failure {
        Failure(
            description: "\(response.status) \(type(of: response) ?? "")\(words(of: response.json))",
            problem: type(of: response))
    }

    /// Detail and subproblems of a problem.
    func words(of problem: [String: Any]) -> String {
        let details = [problem["detail"] as? String].compactMap { $0 }
        let parts = (problem["subproblems"] as? [[String: Any]] ?? []).map { part in
            let name = (part["identifier"] as? [String: Any])?["value"] as? String ?? ""
            return "\(name)\(words(of: part))"
        }
        return (details + parts).map { ": " + $0 }.joined()
    }

    /// Whether the same request may succeed later (RFC 8555 §6.6, RFC 9110 §15.6).
    func isTransient(_ response: Response) -> Bool {
        guard !has(.takesTransientErrorsAsFinal) || response.status < 400 else { return false }
        if has(.retriesFatalRefusals), type(of: response) == "rejectedIdentifier" { return true }
        if response.status == 200, response.body.isEmpty, response["Replay-Nonce"] == nil { return true }
        return response.status == 429 || [500, 502, 503, 504].contains(response.status)
    }

    /// How long the CA wants to be left alone (RFC 9110 §10.2.3): the first value that says something.
    func retryAfter(_ response: Response) throws -> Duration? {
        let values = response.values("Retry-After")
        if has(.readsRetryAfterAsANumber), let value = values.first, Int(value) == nil {
            throw Failure(description: "Retry-After is no number: \(value)")
        }
        let waits = values.lazy.compactMap { [self] value -> Duration? in
            if let seconds = Int(value) { return .seconds(min(max(seconds, 0), 7 * 86_400)) }
            return Self.date(value).map { date in
                .seconds(min(max(date.timeIntervalSince(Date(ca.clock.now)), 0), 7 * 86_400))
            }
        }
        guard let wait = waits.first else { return nil }
        if has(.quitsOnLongWaits), wait > .hours(1) { throw Failure(description: "Retry-After is too long") }
        return has(.ignoresRetryAfter) ? .milliseconds(100) : wait
    }

    /// A date in any of the three forms that must be understood (RFC 9110 §5.6.7).
    static func date(_ text: String) -> Date? {
        let forms = ["EEE, dd MMM yyyy HH:mm:ss zzz", "EEEE, dd-MMM-yy HH:mm:ss zzz", "EEE MMM d HH:mm:ss yyyy"]
        return forms.lazy.compactMap { form in
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(secondsFromGMT: 0)
            formatter.dateFormat = form
            return formatter.date(from: text)
        }.first
    }

    /// A timestamp in any form of RFC 3339 §5.6.
    func timestamp(_ text: String) throws -> CairnInstant {
        if has(.readsWholeSecondsAlone), text.utf8.count != 20 || !text.hasSuffix("Z") {
            throw Failure(description: "no timestamp: \(text)")
        }
        guard let instant = CairnInstant(rfc3339: text) else { throw Failure(description: "no timestamp: \(text)") }
        return instant
    }
}
