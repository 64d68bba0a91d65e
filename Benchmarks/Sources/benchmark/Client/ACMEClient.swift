/// One client with one account that issues certificates for one name, again and again, as fast as it is answered.
///
/// A value without any input or output: ``receive(_:)`` takes an answer and tells what to do next. The same client so
/// drives a server behind a socket and one in this process. It makes every request that a plain client makes (RFC 8555
/// §7): newOrder, read the authorization, respond to `http-01`, read the authorization until it is valid, finalize, read
/// the order until it is valid if finalize has not said so, download.
struct ACMEClient {
    enum Next {
        case send(Message)
        /// The server was asked too early: send this a little later.
        case sendLater(Message)
        /// There is an account now.
        case registered
        case issued
    }

    /// More `badNonce` or "not yet" answers in a row than this end the client.
    private static let patience = 20_000

    let origin: String
    private(set) var requests = 0

    private let key = AccountKey()
    private let orderPayload: [UInt8]
    private let finalizePayload: [UInt8]
    private let accountPayload = Base64URL.encode(#"{"termsOfServiceAgreed":true}"#)
    private let emptyObject = Base64URL.encode("{}")

    private var nonce = ""
    private var account: String?
    private var newNonceURL = ""
    private var newAccountURL = ""
    private var newOrderURL = ""
    private var orderURL = ""
    private var authorizationURL = ""
    private var finalizeURL = ""
    private var waits = 0
    /// What is on its way, to be signed anew if its nonce is refused.
    private var pending: (step: Step, url: String, payload: [UInt8]) = (.directory, "", [])

    /// - Parameter origin: scheme and authority, such as `https://localhost:14000`.
    init(name: String, origin: String) throws {
        self.origin = origin
        let csr = String(decoding: Base64URL.encode(try signingRequest(for: name)), as: UTF8.self)
        orderPayload = Base64URL.encode(#"{"identifiers":[{"type":"dns","value":"\#(name)"}]}"#)
        finalizePayload = Base64URL.encode(#"{"csr":"\#(csr)"}"#)
    }

    /// The first request of all.
    func start() -> Message {
        Message(step: .directory, method: .get, path: "/dir")
    }

    /// The first request of an issuance.
    mutating func order() throws -> Message {
        try post(.newOrder, newOrderURL, orderPayload)
    }

    mutating func receive(_ answer: Answer) throws -> Next {
        requests += 1
        if let fresh = answer.nonce { nonce = fresh }
        if answer.status == 400, answer["type"] == "urn:ietf:params:acme:error:badNonce" {
            try wait(answer)
            return .send(try post(pending.step, pending.url, pending.payload))
        }
        guard (200..<300).contains(answer.status) else { throw Unexpected(pending.step, answer) }
        return switch pending.step {
        case .directory: try readDirectory(answer)
        case .newNonce: .send(try post(.newAccount, newAccountURL, accountPayload))
        case .newAccount: try readAccount(answer)
        case .newOrder: try readNewOrder(answer)
        case .authorization: try readAuthorization(answer)
        case .challenge: .send(try post(.authorizationPoll, authorizationURL, []))
        case .authorizationPoll: try pollAuthorization(answer)
        case .finalize, .orderPoll: try readOrder(answer)
        case .certificate: try readCertificate(answer)
        }
    }

    private mutating func post(_ step: Step, _ url: String, _ payload: [UInt8]) throws -> Message {
        guard url.hasPrefix(origin) else { throw Unexpected("expected a URL at \(origin), got \"\(url)\"") }
        pending = (step, url, payload)
        return Message(
            step: step, method: .post, path: String(url.dropFirst(origin.count)),
            body: try key.sign(payload, url: url, nonce: nonce, kid: account))
    }

    private mutating func wait(_ answer: Answer) throws {
        waits += 1
        guard waits < Self.patience else { throw Unexpected(pending.step, answer) }
    }

    private mutating func readDirectory(_ answer: Answer) throws -> Next {
        guard let newNonce = answer["newNonce"], let newAccount = answer["newAccount"],
            let newOrder = answer["newOrder"]
        else { throw Unexpected(.directory, answer) }
        (newNonceURL, newAccountURL, newOrderURL) = (newNonce, newAccount, newOrder)
        pending = (.newNonce, newNonce, [])
        return .send(Message(step: .newNonce, method: .head, path: String(newNonce.dropFirst(origin.count))))
    }

    private mutating func readAccount(_ answer: Answer) throws -> Next {
        guard let location = answer.location else { throw Unexpected(.newAccount, answer) }
        account = location
        return .registered
    }

    private mutating func readNewOrder(_ answer: Answer) throws -> Next {
        guard let location = answer.location, let finalize = answer["finalize"],
            let authorization = JSONScanner.string(answer.elements("authorizations").first)
        else { throw Unexpected(.newOrder, answer) }
        (orderURL, finalizeURL, authorizationURL, waits) = (location, finalize, authorization, 0)
        // A server may use an authorization again that it remembers.
        if answer["status"] == "ready" { return .send(try post(.finalize, finalizeURL, finalizePayload)) }
        return .send(try post(.authorization, authorization, []))
    }

    private mutating func readAuthorization(_ answer: Answer) throws -> Next {
        let challenge = answer.elements("challenges").first {
            JSONScanner.string(JSONScanner.member("type", of: $0)) == "http-01"
        }
        guard let challenge, let url = JSONScanner.string(JSONScanner.member("url", of: challenge)) else {
            throw Unexpected(.authorization, answer)
        }
        return .send(try post(.challenge, url, emptyObject))
    }

    private mutating func pollAuthorization(_ answer: Answer) throws -> Next {
        switch answer["status"] {
        case "valid": return .send(try post(.finalize, finalizeURL, finalizePayload))
        case "pending":
            try wait(answer)
            return .sendLater(try post(.authorizationPoll, authorizationURL, []))
        default: throw Unexpected(.authorizationPoll, answer)
        }
    }

    private mutating func readOrder(_ answer: Answer) throws -> Next {
        switch answer["status"] {
        case "valid":
            guard let certificate = answer["certificate"] else { throw Unexpected(pending.step, answer) }
            return .send(try post(.certificate, certificate, []))
        case "processing", "ready":
            let isFirst = pending.step == .finalize
            try wait(answer)
            let message = try post(.orderPoll, orderURL, [])
            return isFirst ? .send(message) : .sendLater(message)
        default: throw Unexpected(pending.step, answer)
        }
    }

    private func readCertificate(_ answer: Answer) throws -> Next {
        guard answer.body.starts(with: "-----BEGIN CERTIFICATE-----".utf8) else {
            throw Unexpected(.certificate, answer)
        }
        return .issued
    }
}
