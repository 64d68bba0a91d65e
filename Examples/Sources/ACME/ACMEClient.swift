import Crypto
import Foundation
import NIOHTTP1
import SwiftASN1
import X509

/// A small ACME client, such as a project might want to test: it obtains certificates by `http-01` (RFC 8555).
public actor ACMEClient {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let https: HTTPS
    private let directoryURL: String
    private let key = P256.Signing.PrivateKey()
    private var endpoints: [String: Any] = [:]
    private var nonce: String?
    private var account: String?

    /// - Parameters:
    ///   - directory: the URL of the CA's directory.
    ///   - roots: the roots of the CA's server, in DER.
    public init(directory: String, trusting roots: [[UInt8]]) throws {
        directoryURL = directory
        https = try HTTPS(trusting: roots)
    }

    /// Obtains a certificate, and returns its chain in PEM.
    ///
    /// - Parameter publish: has a web server answer with `keyAuthorization` at the path of `token`.
    public func certificate(
        for name: String, publish: @Sendable (_ token: String, _ keyAuthorization: String) async throws -> Void
    ) async throws -> String {
        if account == nil { try await register() }
        let identifier = ["type": "dns", "value": name]
        let placed = try await post(url("newOrder"), ["identifiers": [identifier]])
        guard let orderURL = placed.head.headers.first(name: "Location") else { throw Failure(description: "no order") }
        var order = try json(placed)
        for authorization in order["authorizations"] as? [String] ?? [] {
            let challenges = try json(await post(authorization))["challenges"] as? [[String: Any]] ?? []
            guard let challenge = challenges.first(where: { $0["type"] as? String == "http-01" }),
                let token = challenge["token"] as? String, let url = challenge["url"] as? String
            else { throw Failure(description: "no http-01 for \(name)") }
            try await publish(token, "\(token).\(thumbprint)")
            _ = try await post(url, [:])
        }
        order = try await wait(for: "ready", of: orderURL)
        _ = try await post(order["finalize"] as? String ?? "", ["csr": base64URL(try Self.request(for: name))])
        order = try await wait(for: "valid", of: orderURL)
        return String(decoding: try await post(order["certificate"] as? String ?? "").body, as: UTF8.self)
    }

    private func register() async throws {
        endpoints = try json(await https.send(.GET, directoryURL))
        account = try await post(url("newAccount"), ["termsOfServiceAgreed": true]).head.headers.first(name: "Location")
    }

    private func url(_ endpoint: String) throws -> String {
        guard let url = endpoints[endpoint] as? String else { throw Failure(description: "no \(endpoint)") }
        return url
    }

    /// Polls an order.
    ///
    /// A client for more than examples would honour `Retry-After` and wait between two looks.
    private func wait(for status: String, of order: String) async throws -> [String: Any] {
        for _ in 0..<1000 {
            let state = try json(await post(order))
            switch state["status"] as? String {
            case status: return state
            case "invalid": throw Failure(description: "the order is invalid: \(state)")
            default: await Task.yield()
            }
        }
        throw Failure(description: "the order never became \(status)")
    }

    /// Signs a payload and posts it; without one it is a POST-as-GET (RFC 8555 §6.3).
    private func post(_ url: String, _ payload: [String: Any]? = nil) async throws -> HTTPS.Response {
        if nonce == nil {
            nonce = try await https.send(.HEAD, try self.url("newNonce")).head.headers.first(name: "Replay-Nonce")
        }
        var header: [String: Any] = ["alg": "ES256", "nonce": nonce ?? "", "url": url]
        if let account { header["kid"] = account } else { header["jwk"] = jwk }
        let protected = base64URL(try JSONSerialization.data(withJSONObject: header))
        let payload = base64URL(try payload.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data())
        let signature = try key.signature(for: Data("\(protected).\(payload)".utf8)).rawRepresentation
        let message = ["protected": protected, "payload": payload, "signature": base64URL(signature)]
        let response = try await https.send(.POST, url, body: Array(try JSONEncoder().encode(message)))
        nonce = response.head.headers.first(name: "Replay-Nonce")
        guard response.head.status.code < 400 else {
            throw Failure(description: String(decoding: response.body, as: UTF8.self))
        }
        return response
    }

    private func json(_ response: HTTPS.Response) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any] ?? [:]
    }

    private var jwk: [String: String] {
        let point = key.publicKey.rawRepresentation
        return ["crv": "P-256", "kty": "EC", "x": base64URL(point.prefix(32)), "y": base64URL(point.suffix(32))]
    }

    /// RFC 7638: the members in alphabetical order.
    private var thumbprint: String {
        let members = jwk.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
        return base64URL(SHA256.hash(data: Data("{\(members)}".utf8)))
    }

    private static func request(for name: String) throws -> [UInt8] {
        let extensions = try Certificate.Extensions { SubjectAlternativeNames([.dnsName(name)]) }
        let request = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName(), privateKey: .init(P256.Signing.PrivateKey()),
            attributes: .init([.init(ExtensionRequest(extensions: extensions))]))
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        return serializer.serializedBytes
    }

    private func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(
            of: "/", with: "_"
        )
        .replacingOccurrences(of: "=", with: "")
    }
}
