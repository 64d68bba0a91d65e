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

/// The name of one object in URLs: 128 bits that cannot be guessed without the seed (RFC 8555 §10.5).
///
/// `Object` is only there so that the id of an order cannot be taken for that of an authorization.
package struct ResourceID<Object>: Hashable, Sendable {
    package let bits: UInt128

    package init(bits: UInt128) { self.bits = bits }

    package init(from generator: inout SeededGenerator) {
        bits = UInt128(generator.next()) << 64 | UInt128(generator.next())
    }

    /// Reads an id from a URL; `nil` if it is not 16 octets in base64url.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 22, let octets = try? Base64URL.decode(text) else { return nil }
        bits = octets.reduce(0) { $0 << 8 | UInt128($1) }
    }
}

extension ResourceID: CustomStringConvertible {
    package var description: String {
        withUnsafeBytes(of: bits.bigEndian) { Base64URL.encode($0) }
    }
}

/// A set that forgets its oldest members when there are too many.
struct RecentSet<Member: Hashable & Sendable>: Sendable {
    private let capacity: Int
    private var members: Set<Member> = []
    /// Oldest first, each once.
    private var sequence: Deque<Member> = []

    /// - Parameter capacity: how many it holds; at least 1.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { members.count }

    var isEmpty: Bool { members.isEmpty }

    func contains(_ member: Member) -> Bool { members.contains(member) }

    /// Puts a member in; one that is there keeps its place.
    mutating func insert(_ member: Member) {
        guard members.insert(member).inserted else { return }
        sequence.append(member)
        while members.count > capacity, let oldest = sequence.popFirst() { members.remove(oldest) }
    }
}
