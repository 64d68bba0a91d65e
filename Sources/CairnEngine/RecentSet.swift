import DequeModule

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
