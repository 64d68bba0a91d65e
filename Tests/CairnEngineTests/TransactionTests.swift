import CairnCertificates
import CairnEngine
import CairnModel
import CairnValidation
import Testing

/// The engine as a second thread sees it: what a gateway has checked may have changed before a command comes to it.
@Suite("Transactions", .timeLimit(.minutes(5)))
struct TransactionTests {
    private static let start = CairnInstant(secondsSinceEpoch: 1_800_000_000)
    private let engine: Engine
    private let (key, otherKey, thirdKey): (PublicKey, PublicKey, PublicKey)
    private let account: Account.ID

    init() throws {
        engine = Engine(
            policy: CairnPolicy(), authority: try CertificateAuthority(CairnAuthorityConfiguration(), seed: 1), seed: 1,
            kinds: .known)
        // The public keys of RFC 8037 appendix A.2, RFC 7517 appendix A.1 and RFC 7515 appendix A.3.
        key = try PublicKey(
            jwk: ["kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"])
        otherKey = try PublicKey(jwk: [
            "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        ])
        thirdKey = try PublicKey(jwk: [
            "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        ])
        account = try engine.newAccount(NewAccount(termsOfServiceAgreed: true), key: key, at: Self.start).account.id
    }

    private func order(_ names: ACMEIdentifier..., at now: CairnInstant = start) throws -> Order {
        try engine.newOrder(NewOrder(identifiers: names), by: account, at: now)
    }

    private func expectRefusal(
        _ type: ACMEProblemType, _ cause: ACMEProblem.Cause? = nil, _ command: () throws(Refusal) -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do throws(Refusal) {
            try command()
            Issue.record("not refused", sourceLocation: sourceLocation)
        } catch {
            #expect(error.problem.type == type, "\(error.problem)", sourceLocation: sourceLocation)
            if let cause { #expect(error.problem.cause == cause, sourceLocation: sourceLocation) }
        }
    }

    @Test("An account that was deactivated after its request was verified is refused all the same (§7.3.6)")
    func deactivated() throws {
        let order = try order("www.example.test")
        _ = try engine.update(account, AccountUpdate(deactivate: true), at: Self.start)
        let (id, engine, key, otherKey) = (account, engine, key, otherKey)
        let before = engine.journal.entries.count
        expectRefusal(.unauthorized, .inactiveAccount) { () throws(Refusal) in
            _ = try engine.newOrder(NewOrder(identifiers: ["a.example.test"]), by: id, at: Self.start)
        }
        expectRefusal(.unauthorized, .inactiveAccount) { () throws(Refusal) in
            _ = try engine.update(id, AccountUpdate(contact: []), at: Self.start)
        }
        expectRefusal(.unauthorized, .inactiveAccount) { () throws(Refusal) in
            _ = try engine.changeKey(of: id, from: key, to: otherKey, at: Self.start)
        }
        expectRefusal(.unauthorized, .inactiveAccount) { () throws(Refusal) in
            _ = try engine.orders(of: id, at: Self.start)
        }
        expectRefusal(.unauthorized, .inactiveAccount) { () throws(Refusal) in
            _ = try engine.respond(to: 0, of: order.authorizations[0], by: id, accountURL: "a", at: Self.start)
        }
        expectRefusal(.unauthorized, .inactiveAccount) { () throws(Refusal) in
            try engine.revoke(derEncoded: [], reason: nil, by: .account(id), at: Self.start)
        }
        expectRefusal(.unauthorized, .inactiveAccount) { () throws(Refusal) in
            _ = try engine.finalize(
                order.id, with: SentCSR(derEncoded: [], accountURL: ""), by: id, at: Self.start)
        }
        #expect(engine.journal.entries.count == before)
    }

    @Test("Of two key changes that start from the same key the second is refused (§7.3.5)")
    func keyChange() throws {
        let (engine, account) = (engine, account)
        #expect(try engine.changeKey(of: account, from: key, to: otherKey, at: Self.start).key == otherKey)
        expectRefusal(.malformed) { () throws(Refusal) in
            _ = try engine.changeKey(of: account, from: key, to: thirdKey, at: Self.start)
        }
        #expect(try engine.account(account, at: Self.start).key == otherKey)
    }

    @Test("A verdict counts once, and one on what is not there counts nothing (§7.1.6)")
    func verdicts() throws {
        let order = try order("www.example.test")
        let job = try #require(
            try engine.respond(to: 0, of: order.authorizations[0], by: account, accountURL: "a", at: Self.start).job)
        engine.finish(job, problem: nil, at: Self.start)
        let after = engine.journal.entries.count
        engine.finish(job, problem: nil, at: Self.start)
        engine.finish(job, problem: ACMEProblem(.connection, "nobody listens"), at: Self.start)
        #expect(engine.journal.entries.count == after)
        #expect(try engine.order(order.id, for: account, at: Self.start).state.status == .ready)

        let stranger = Engine(policy: CairnPolicy(), authority: engine.authority, seed: 2, kinds: .known)
        stranger.finish(job, problem: nil, at: Self.start)
        #expect(stranger.journal.entries.isEmpty)
    }

    @Test("A command does what was due before it, even one that is refused (§7.1.6)")
    func due() throws {
        let order = try order("www.example.test")
        let late = Self.start + .days(7)
        let engine = engine
        expectRefusal(.malformed, .unknownObject) { () throws(Refusal) in
            _ = try engine.order(Order.ID(bits: 0), for: account, at: late)
        }
        let last = engine.journal.statusChanges.last
        #expect(last?.id == "\(order.id)")
        #expect(last?.to == "invalid")
    }

    @Test("What is due happens at its own instant, in the order in which it became due")
    func instants() throws {
        let first = try order("a.example.test")
        let second = try order("b.example.test", at: Self.start + .hours(1))
        engine.advance(to: Self.start + .days(30))
        let changes = engine.journal.entries.suffix(4)
        #expect(changes.map { $0.at - Self.start } == [.days(7), .days(7), .days(7) + .hours(1), .days(7) + .hours(1)])
        let ids = engine.journal.statusChanges.suffix(4).filter { $0.subject == .order }.map(\.id)
        #expect(ids == ["\(first.id)", "\(second.id)"])
    }

    @Test("A command with an earlier instant undoes nothing")
    func backwards() throws {
        let order = try order("www.example.test")
        engine.advance(to: Self.start + .days(7))
        #expect(try engine.order(order.id, for: account, at: Self.start).state.status == .invalid)
    }
}
