import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import HTTPTypes
import Testing

/// Valid requests with small faults, thousands of them.
///
/// The places are the same in every run; keys and signatures are not.
@Suite("Damaged requests", .timeLimit(.minutes(5)))
struct MutationTests {
    /// A gateway in front of which the requests of a client are damaged, and every answer is judged.
    private final class Damager {
        let server: TestServer
        private var generator: SeededGenerator
        private(set) var damaged = 0
        private(set) var statuses: [Int: Int] = [:]

        init(seed: CairnSeed) throws {
            server = try TestServer()
            generator = seed.generator(for: "damage")
        }

        /// Sends a request, then several damaged copies of it, which all have a nonce that is spent (§6.5): a copy that is
        /// none, since a white space in the body does no damage, does nothing either.
        func respond(_ request: CairnRequest) -> CairnDelivery {
            let answer = server.gateway.respond(to: request)
            for _ in 0..<24 {
                let copy = damage(request)
                let delivery = server.gateway.respond(to: copy)
                damaged += 1
                statuses[delivery.head.status.code, default: 0] += 1
                judge(delivery, of: copy)
            }
            return answer
        }

        private func judge(_ delivery: CairnDelivery, of request: CairnRequest) {
            let (status, fields) = (delivery.head.status.code, delivery.head.headerFields)
            let what = "\(request.head.method) \(request.head.path ?? "-") → \(status)"
            #expect((200..<300).contains(status) || (400..<500).contains(status), "\(what)")
            #expect(delivery.pace == .immediate && delivery.ending == .complete)
            if request.head.method == .post { #expect(fields[.replayNonce] != nil, "\(what)") }
            if fields[.contentType]?.hasSuffix("json") == true {
                #expect((try? CairnJSON(parsing: delivery.body))?.object != nil, "\(what)")
            }
            guard status >= 400 else { return }
            #expect(fields[.contentType] == "application/problem+json", "\(what)")
            let problem = try? CairnJSON(parsing: delivery.body)
            #expect(problem?["status"]?.integer == status, "\(what)")
            #expect(problem?["type"]?.string?.hasPrefix("urn:ietf:params:acme:error:") == true, "\(what)")
            #expect(problem?["detail"]?.string?.isEmpty == false, "\(what)")
            #expect(problem?["type"]?.string?.hasSuffix("serverInternal") == false, "\(what)")
        }

        private func damage(_ request: CairnRequest) -> CairnRequest {
            var request = request
            let kind = Int.random(in: 0..<10, using: &generator)
            switch kind {
            case 0: request.head.path = damage(text: request.head.path ?? "")
            case 1: request.head.path = nil
            case 2: request.head.authority = Bool.random(using: &generator) ? nil : damage(text: "ca.example.test")
            case 3:
                let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .options, .delete]
                request.head.method = methods.randomElement(using: &generator) ?? .get
            case 4: request.head.headerFields[.contentType] = damage(text: "application/jose+json")
            default: request.body = damage(request.body)
            }
            return request
        }

        private func damage(text: String) -> String {
            String(decoding: damage(Array(text.utf8)), as: UTF8.self)
        }

        private func damage(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                let byte = UInt8.random(in: .min ... .max, using: &generator)
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: bytes.insert(byte, at: place)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1))
                case 2: bytes.removeLast(bytes.count - place)
                case 3: bytes += bytes.prefix(place)
                case 4: if place < bytes.count { bytes[place] ^= 1 << (byte & 7) }
                default: if place < bytes.count { bytes[place] = UInt8(ascii: "/") }
                }
            }
            return bytes
        }
    }

    @Test("Every damaged request gets a well-formed answer, and the undamaged ones go on (§6.7)", arguments: [1, 2, 3])
    func damaged(_ seed: UInt64) throws {
        let damager = try Damager(seed: CairnSeed(seed))
        let client = try ReferenceClient { damager.respond($0) }
        try client.register(["termsOfServiceAgreed": true, "contact": ["mailto:a@example.test"]])
        for round in 0..<4 {
            let names = ["n\(round).example.test", "*.example.test", "192.0.2.\(round)"]
            let order = try client.readyOrder(names)
            let issued = try client.finalize(order, csr: try csr(names))
            #expect(issued.state == "valid")
            let leaf = try client.certificate(of: issued).leaf()
            try client.post(try client.endpoint("revokeCert"), ["certificate": base64URL(leaf), "reason": 1])
            try client.post(order.authorizations[0], ["status": "deactivated"])
            try client.read(try #require(client.kid) + "/orders")
            let new = try AccountKey()
            try client.changeKey(to: new)
            client.key = new
        }
        #expect(damager.damaged > 800)
        for status in [400, 404, 405, 415] { #expect(damager.statuses[status, default: 0] > 0, "\(status)") }
        #expect(damager.server.engine.census.accounts == 1)
        #expect(damager.server.engine.census.orders == 4)
    }

    @Test("Payloads of any shape, rightly signed, get a well-formed answer (§6.7)")
    func payloads() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        let leaf = try client.certificate(of: try client.issue(["a.example.test"])).leaf()
        let challenge = try client.challenge("http-01", of: order.authorizations[0]).url
        var generator = CairnSeed(5).generator(for: "payloads")
        let request: [String: Any] = ["csr": base64URL(try csr(["www.example.test"]))]
        let certificate: [String: Any] = ["certificate": base64URL(leaf), "reason": 1]
        let newOrder: [String: Any] = [
            "identifiers": [["type": "dns", "value": "b.example.test"]], "notAfter": "2026-12-01T00:00:00Z",
        ]
        let newAuthz: [String: Any] = ["identifier": ["type": "dns", "value": "xn--bcher-kva.example.test"]]
        let change = try client.keyChange(to: AccountKey())
        let targets: [(String, [String: Any])] = [
            (order.finalize, request), (try client.endpoint("revokeCert"), certificate),
            (try client.endpoint("newOrder"), newOrder), (try client.endpoint("newAuthz"), newAuthz),
            (try client.endpoint("keyChange"), change),
            (order.authorizations[0], ["status": "deactivate"]), (challenge, ["a": "b"]),
            (try #require(client.kid), ["contact": ["mailto:a@example.test"], "status": "valid"]),
        ]
        for (url, payload) in targets {
            let bytes = try JSONSerialization.data(withJSONObject: payload, options: .sortedKeys)
            for _ in 0..<150 {
                var damaged = bytes
                let place = Int.random(in: 0..<damaged.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: damaged[place] ^= 1 << UInt8.random(in: 0..<7, using: &generator)
                case 1: damaged.remove(at: place)
                default:
                    damaged.insert(
                        contentsOf: [UInt8](" -0e[{\"\\".utf8).shuffled(using: &generator).prefix(2), at: place)
                }
                // The client checks the form of every answer.
                let response = try client.post(url, nil) { $0.payload = damaged }
                #expect(response.status < 500, "\(response.text)")
            }
        }
    }
}
