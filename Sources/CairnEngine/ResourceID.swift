package import CairnModel
import DequeModule

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
