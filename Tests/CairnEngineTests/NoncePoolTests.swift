import CairnEngine
import CairnModel
import Testing

@Suite("Nonces", .timeLimit(.minutes(5)))
struct NoncePoolTests {
    @Test("A nonce is 128 bits in base64url, good once (§6.5, §6.5.1)")
    func single() throws {
        var pool = NoncePool(capacity: 10, generator: CairnSeed(1).generator(for: "nonces"))
        let nonce = pool.issue()
        #expect(try Base64URL.decode(nonce).count == 16)
        #expect(pool.count == 1)
        let spent = [nonce, nonce].map { pool.spend($0) }
        #expect(spent == [true, false])
        #expect(pool.count == 0)
    }

    @Test(
        "What was never issued is not good (§6.5)",
        arguments: ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA", "no nonce", "\u{1F9ED}"])
    func unknown(_ text: String) {
        var pool = NoncePool(capacity: 10, generator: CairnSeed(1).generator(for: "nonces"))
        _ = pool.issue()
        let isSpent = pool.spend(text)
        #expect(!isSpent)
        #expect(pool.count == 1)
    }

    @Test("The oldest goes when there are too many, and only then (§6.5)", arguments: [1, 2, 7])
    func bounded(_ capacity: Int) {
        var pool = NoncePool(capacity: capacity, generator: CairnSeed(1).generator(for: "nonces"))
        let nonces = (0..<(3 * capacity)).map { _ in pool.issue() }
        #expect(pool.count == capacity)
        let spent = nonces.map { pool.spend($0) }
        #expect(spent == (0..<(3 * capacity)).map { $0 >= 2 * capacity })
    }

    @Test("A pool may be as large as one likes")
    func unbounded() {
        var pool = NoncePool(capacity: .max, generator: CairnSeed(1).generator(for: "nonces"))
        let nonce = pool.issue()
        let isSpent = pool.spend(nonce)
        #expect(isSpent)
    }

    @Test("Those that were spent are cleared away: what is remembered is bounded", arguments: [1, 10, 100])
    func cleared(_ capacity: Int) {
        var pool = NoncePool(capacity: capacity, generator: CairnSeed(1).generator(for: "nonces"))
        var most = 0
        for _ in 0..<(20 * capacity) {
            _ = pool.spend(pool.issue())
            most = max(most, pool.remembered)
        }
        #expect(most <= 2 * capacity + 1)
        #expect(pool.count == 0)
    }

    @Test("Those that were spent make room: the order of age is kept through any mixture (§6.5)")
    func mixture() {
        var pool = NoncePool(capacity: 5, generator: CairnSeed(1).generator(for: "nonces"))
        var dice = CairnSeed(2).generator(for: "dice")
        var live: [String] = []
        for _ in 0..<5_000 {
            if Bool.random(using: &dice), let index = live.indices.randomElement(using: &dice) {
                let nonce = live.remove(at: index)
                let isSpent = pool.spend(nonce)
                #expect(isSpent)
            } else {
                if live.count == 5 { live.removeFirst() }
                live.append(pool.issue())
            }
            #expect(pool.count == live.count)
        }
        let spent = live.map { pool.spend($0) }
        #expect(spent.allSatisfy { $0 })
    }

    @Test("They follow from the seed", arguments: [0, -3, 1])
    func seeded(_ capacity: Int) {
        func nonces(_ seed: CairnSeed) -> [String] {
            var pool = NoncePool(capacity: capacity, generator: seed.generator(for: "nonces"))
            return (0..<5).map { _ in pool.issue() }
        }
        #expect(nonces(1) == nonces(1))
        #expect(Set(nonces(1)).isDisjoint(with: nonces(2)))
    }

    @Test("All can be forgotten at once (§6.5)")
    func forgotten() {
        var pool = NoncePool(capacity: 10, generator: CairnSeed(1).generator(for: "nonces"))
        let nonces = (0..<3).map { _ in pool.issue() }
        pool.forgetAll()
        #expect(pool.count == 0)
        let fresh = pool.issue()
        #expect(!nonces.contains(fresh))
        let spent = (nonces + [fresh]).map { pool.spend($0) }
        #expect(spent == [false, false, false, true])
    }
}
