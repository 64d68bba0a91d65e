import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("The same seed and the same requests", .timeLimit(.minutes(5)))
struct RepeatabilityTests {
    /// Every random choice of a run: nonces, ids, tokens and serial numbers, as the client sees them.
    private func run(seed: CairnSeed, key: AccountKey, extraNonces: Int = 0) throws -> [String: [String]] {
        let server = try TestServer(seed: seed)
        let client = try server.client(key: key)
        var nonces: [String] = []
        for _ in 0..<extraNonces { try client.send("HEAD", "https://ca.example.test/new-nonce") }
        try client.register()
        var (ids, tokens, serials): ([String], [String], [String]) = ([client.kid ?? ""], [], [])
        for round in 0..<3 {
            let names = ["n\(round).example.test", "*.example.test"]
            let order = try client.readyOrder(names)
            let authorizations = try order.authorizations.map { try client.read($0) }
            nonces += authorizations.compactMap { $0["Replay-Nonce"] }
            ids += [order.url] + order.authorizations
            tokens += authorizations.flatMap(\.challenges).compactMap { $0["token"] as? String }
            serials.append(try client.finalize(order, csr: try csr(names)).json["certificate"] as? String ?? "")
        }
        return ["nonces": nonces, "ids": ids, "tokens": tokens, "serials": serials]
    }

    @Test("Give the same ids, tokens, nonces and serial numbers")
    func same() throws {
        let key = try AccountKey()
        let first = try run(seed: 7, key: key)
        #expect(first.values.allSatisfy { !$0.isEmpty })
        #expect(try run(seed: 7, key: key) == first)
    }

    @Test("Do so whatever the keys are, and another seed gives nothing that is the same (§10.5)")
    func other() throws {
        let first = try run(seed: 7, key: AccountKey())
        #expect(try run(seed: 7, key: AccountKey()) == first)
        let second = try run(seed: 8, key: AccountKey())
        for (kind, values) in first { #expect(Set(values).isDisjoint(with: second[kind] ?? values), "\(kind)") }
    }

    @Test("Streams are apart: more nonces change no id, token or serial number")
    func streams() throws {
        let first = try run(seed: 7, key: AccountKey())
        let second = try run(seed: 7, key: AccountKey(), extraNonces: 5)
        for kind in ["ids", "tokens", "serials"] { #expect(first[kind] == second[kind]) }
        #expect(first["nonces"] != second["nonces"])
    }

    @Test("No two things of a run are called the same (§6.5.1, §10.5)")
    func distinct() throws {
        for values in try run(seed: 7, key: AccountKey()).values { #expect(Set(values).count == values.count) }
    }
}
