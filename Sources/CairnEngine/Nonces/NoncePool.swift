package import CairnModel
import DequeModule

/// The nonces that have been handed out and not come back (RFC 8555 §6.5).
///
/// A nonce is 128 bits from the seeded stream, in base64url, and is good once. The pool is bounded: when it is full the
/// oldest nonce is forgotten, and a client that still holds it is told `badNonce` and given a fresh one.
package struct NoncePool: Sendable {
    private let capacity: Int
    private var generator: SeededGenerator
    private var live: Set<UInt128> = []
    /// In the order of issue; nonces that were spent meanwhile are still in it.
    private var queue: Deque<UInt128> = []

    package init(capacity: Int, generator: SeededGenerator) {
        self.capacity = max(1, capacity)
        self.generator = generator
    }

    /// How many nonces could be spent now.
    package var count: Int { live.count }

    /// How many are remembered, the spent ones included that have not been cleared away.
    package var remembered: Int { queue.count }

    package mutating func issue() -> String {
        while live.count >= capacity, let oldest = queue.popFirst() { live.remove(oldest) }
        if queue.count / 2 >= capacity { queue.removeAll { !live.contains($0) } }
        let nonce = ResourceID<NoncePool>(from: &generator)
        live.insert(nonce.bits)
        queue.append(nonce.bits)
        return nonce.description
    }

    /// Spends a nonce.
    ///
    /// `false` if it was never issued, was spent before, or was forgotten.
    package mutating func spend(_ text: String) -> Bool {
        guard let nonce = ResourceID<NoncePool>(text) else { return false }
        return live.remove(nonce.bits) != nil
    }

    /// Forgets every nonce that is out.
    package mutating func forgetAll() {
        live.removeAll()
        queue.removeAll()
    }
}
