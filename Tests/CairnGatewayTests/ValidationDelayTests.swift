import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Validations that begin later", .timeLimit(.minutes(5)))
struct ValidationDelayTests {
    private func server(_ delay: Duration, seed: CairnSeed = 1) throws -> TestServer {
        var policy = CairnPolicy()
        policy.maximumValidationDelay = delay
        policy.showsProcessing = true
        return try TestServer(policy: policy, seed: seed)
    }

    /// After how many tenths of a second each of some validations is over.
    private func waits(_ server: TestServer, _ count: Int) throws -> [Int] {
        let client = try server.registered()
        return try (0..<count).map { number in
            let order = try client.readyOrder(["n\(number).example.test"])
            var tenths = 0
            while try client.read(order.url).state == "pending" {
                tenths += 1
                server.advance(by: .milliseconds(100))
                if tenths > 100 { break }
            }
            return tenths
        }
    }

    @Test("They begin at once by default, and are processing meanwhile otherwise (§7.5.1)")
    func processing() throws {
        #expect(try waits(server(.zero), 2) == [0, 0])
        let server = try server(.seconds(1_000))
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0]).url
        #expect(try client.read(challenge).state == "processing")
        // A second response changes nothing.
        try client.respond(to: challenge)
        #expect(try client.read(challenge).state == "processing")
        server.advance(by: .seconds(1_000))
        #expect(try client.read(challenge).state == "valid")
    }

    @Test("Each waits for a time of its own, by the seed, and never longer than the policy says")
    func drawn() throws {
        let waits = try waits(server(.seconds(4), seed: 3), 20)
        #expect(waits.allSatisfy { (0...40).contains($0) })
        #expect(Set(waits).count > 5)
        #expect(try self.waits(server(.seconds(4), seed: 3), 20) == waits)
        #expect(try self.waits(server(.seconds(4), seed: 4), 20) != waits)
    }

    @Test("One that was to begin does not once its authorization is given up (§7.5.2)")
    func givenUp() throws {
        let server = try server(.seconds(1_000))
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        _ = try client.post(order.authorizations[0], ["status": "deactivated"])
        server.advance(by: .seconds(2_000))
        #expect(try client.read(order.authorizations[0]).state == "deactivated")
        #expect(server.pendingJobs.isEmpty)
    }
}
