package import CairnGateway
import CairnOpenSSLJudge
package import Foundation

/// A strict client of the ACME draft of March 2017, for judging servers.
///
/// It speaks that draft and nothing else, goes only where the directory and the objects point, checks every response against
/// the draft, and can be told to misbehave in any request. Rules are cited by the draft's section titles.
package final class DraftClient {
    package typealias Transport = ReferenceClient.Transport
    package typealias Violation = ReferenceClient.Violation

    package var key: AccountKey
    /// The account URL, once there is one.
    package var kid: String?
    package let directoryURL: String
    package internal(set) var directory: [String: Any] = [:]
    /// What the URLs lead to that were handed out.
    var known: [String: DraftResource] = [:]
    /// The CSR of each order, and its authorizations, neither of which may change.
    var ordered: [String: (csr: String, authorizations: [String])] = [:]
    private let transport: Transport
    private var nonces: [String] = []
    /// Every nonce that ever came.
    private var seen: Set<String> = []

    package init(directory url: String, key: AccountKey? = nil, transport: @escaping Transport) throws {
        directoryURL = url
        self.key = try key ?? AccountKey()
        self.transport = transport
        known[url] = .directory
    }

    /// A client of a server that answers in this process.
    package convenience init(
        directory url: String = "https://ca.example.test/draft/dir", key: AccountKey? = nil,
        respond: @escaping (CairnRequest) -> CairnDelivery
    ) throws {
        try self.init(directory: url, key: key, transport: ReferenceClient.inProcess(respond))
    }

    /// A client that connects to a server, whose TLS OpenSSL judges.
    ///
    /// - Parameters:
    ///   - address: where to connect, in numbers, whatever host the URLs name.
    ///   - roots: the roots to trust, in PEM; `nil` speaks no TLS.
    package convenience init(
        directory url: String, at address: String, trusting roots: String?, key: AccountKey? = nil
    ) throws {
        try self.init(
            directory: url, key: key,
            transport: ReferenceClient.overTheWire(to: url, at: address, trusting: roots))
    }

    // MARK: Requests

    /// Sends anything at all, unsigned, and checks the response.
    @discardableResult
    package func send(
        _ method: String, _ url: String, fields: [String: String] = [:], body: Data = Data(),
        file: StaticString = #fileID, line: UInt = #line
    ) throws -> Response {
        try located(file, line) {
            let response = try transport(method, url, fields.merging(["User-Agent": "draft"]) { $1 }, body)
            let judge = DraftJudge(method, url, response)
            // Pages for people, such as the terms, are no resources of the draft.
            try judge.head(index: known[url] == nil || url == directoryURL ? nil : directoryURL)
            if let nonce = response["Replay-Nonce"] {
                try judge.require(seen.insert(nonce).inserted, "a nonce came twice (\"Replay protection\")")
                nonces.append(nonce)
            }
            if response.status >= 400 {
                try judge.problem(asked: method != "HEAD")
            } else if let resource = known[url], method == "GET" || method == "POST" {
                try take(response, from: url, as: resource, judge)
            }
            return response
        }
    }

    /// Reads a resource, as the draft reads all but accounts: unsigned.
    @discardableResult
    package func get(_ url: String, accept: String? = nil, file: StaticString = #fileID, line: UInt = #line) throws
        -> Response
    {
        try located(file, line) {
            try send("GET", url, fields: accept.map { ["Accept": $0] } ?? [:])
        }
    }

    /// The URL of an endpoint of the directory.
    package func endpoint(_ name: String, file: StaticString = #fileID, line: UInt = #line) throws -> String {
        try located(file, line) {
            if directory.isEmpty {
                let response = try get(directoryURL)
                guard response.status == 200 else {
                    throw Violation(description: "the directory answered \(response.status)")
                }
            }
            guard let url = directory[name] as? String else {
                throw Violation(description: "the directory has no \(name)")
            }
            return url
        }
    }

    /// A nonce that was not used, fetched if there is none ("Getting a Nonce").
    package func nonce(file: StaticString = #fileID, line: UInt = #line) throws -> String {
        try located(file, line) {
            if nonces.isEmpty {
                let response = try send("HEAD", try endpoint("new-nonce"))
                guard response.status == 204 else {
                    throw Violation(description: "HEAD new-nonce gave \(response.status)")
                }
            }
            guard let nonce = nonces.popLast() else { throw Violation(description: "new-nonce gave no nonce") }
            return nonce
        }
    }

    package enum Signer { case account, key }

    /// Signs a payload and posts it.
    ///
    /// `misbehave` may change any part.
    @discardableResult
    package func post(
        _ url: String, _ payload: [String: Any], as signer: Signer = .account, signedBy other: AccountKey? = nil,
        fields: [String: String] = [:], file: StaticString = #fileID, line: UInt = #line,
        misbehave: (inout Message) -> Void = { _ in }
    ) throws -> Response {
        try located(file, line) {
            let signingKey = other ?? key
            var header: [String: Any] = ["alg": signingKey.algorithm, "nonce": try nonce(), "url": url]
            switch signer {
            case .account: header["kid"] = kid ?? ""
            case .key: header["jwk"] = signingKey.jwk
            }
            var message = Message(
                header: header, payload: try JSONSerialization.data(withJSONObject: payload, options: .sortedKeys))
            misbehave(&message)
            let response = try send(
                "POST", url, fields: fields.merging(message.contentType.map { ["Content-Type": $0] } ?? [:]) { $1 },
                body: try message.encoded(by: signingKey))
            guard response["Replay-Nonce"] != nil else {
                throw Violation(description: "POST \(url) was answered without Replay-Nonce (\"Replay protection\")")
            }
            return response
        }
    }
}
