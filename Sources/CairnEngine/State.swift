import CairnCertificates
import CairnModel

/// Everything the CA remembers: a store for each kind of object, which keeps its own indexes.
///
/// Only ``Engine`` holds one, behind its lock. What concerns several stores is done by the functions of transactions, which
/// extend it.
struct State: Sendable {
    var policy: CairnPolicy
    let bounds: CairnBounds
    let kinds: ChallengeKinds

    var accounts: AccountStore
    var externalAccounts: ExternalAccountStore
    var orders = OrderStore()
    var authorizations = AuthorizationStore()
    var certificates: CertificateStore
    var grants: GrantStore
    var nonces: NoncePool
    var pauses: PauseStore
    var outOfBand: OutOfBandStore
    /// What the rate limits have counted.
    var buckets: TokenBuckets
    /// What has been decided and not yet shown, by what it is about.
    var held: [HeldResult.Subject: HeldResult] = [:]

    var schedule = Schedule()
    /// What the transaction that is running leaves to be done.
    var outcome = Outcome()
    private var chance: Chance

    init(
        policy: CairnPolicy, bounds: CairnBounds, kinds: ChallengeKinds, seed: CairnSeed, issuerKeyIdentifier: [UInt8]
    ) {
        (self.policy, self.bounds, self.kinds) = (policy, bounds, kinds)
        accounts = AccountStore(formerKeys: bounds.formerAccountKeys)
        externalAccounts = ExternalAccountStore(generator: seed.generator(for: "external accounts"))
        certificates = CertificateStore(issuerKeyIdentifier: issuerKeyIdentifier, bounds: bounds)
        grants = GrantStore(capacity: bounds.grants)
        nonces = NoncePool(capacity: bounds.nonces, generator: seed.generator(for: "nonces"))
        pauses = PauseStore(generator: seed.generator(for: "pauses"))
        outOfBand = OutOfBandStore(generator: seed.generator(for: "out-of-band pages"))
        buckets = TokenBuckets(capacity: bounds.rateLimitCounters)
        chance = Chance(seed)
    }

    /// What objects of several kinds draw from, a stream a purpose.
    private struct Chance: Sendable {
        var ids: SeededGenerator
        var tokens: SeededGenerator
        var reuse: SeededGenerator

        init(_ seed: CairnSeed) {
            ids = seed.generator(for: "resource ids")
            tokens = seed.generator(for: "tokens")
            reuse = seed.generator(for: "authorization reuse")
        }
    }

    mutating func newID<Object>(_: Object.Type = Object.self) -> ResourceID<Object> {
        ResourceID(from: &chance.ids)
    }

    /// 256 bits in base64url (RFC 8555 §8.3 asks for 128 at least).
    mutating func newToken() -> Challenge.Token { Challenge.Token(from: &chance.tokens) }

    /// Whether an authorization that could be used again is.
    mutating func drawsReuse(by rule: CairnAuthorizationReuse.Rule) -> Bool {
        switch rule {
        case .never: false
        case .always: true
        case .sometimes(let probability): Double.random(in: 0..<1, using: &chance.reuse) < probability
        }
    }

    /// How much there is of everything.
    var census: Census {
        Census(
            accounts: accounts.count, orders: orders.count, authorizations: authorizations.count,
            certificates: certificates.count, revocations: certificates.revocations.count, nonces: nonces.count,
            scheduledTasks: schedule.count, externalAccountKeys: externalAccounts.count, grants: grants.count,
            pausedIdentifiers: pauses.count, outOfBandPages: outOfBand.count, rateLimitCounters: buckets.count,
            compromisedKeys: certificates.compromisedKeyCount, formerAccountKeys: accounts.formerKeyCount,
            held: held.count)
    }
}
