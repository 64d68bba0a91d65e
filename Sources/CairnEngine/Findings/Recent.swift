import CairnModel
import DequeModule

/// What was written down last under some keys: where it is full, the oldest key is forgotten.
struct Recent<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var values: [Key: (value: Value, age: Int)] = [:]
    private var order: Deque<(key: Key, age: Int)> = []
    private var count = 0
    let limit: Int

    init(_ limit: Int = 2_000) { self.limit = limit }

    var isEmpty: Bool { values.isEmpty }

    subscript(key: Key) -> Value? {
        get { values[key]?.value }
        set {
            guard let newValue else {
                if !values.isEmpty { values[key] = nil }
                return
            }
            if let place = values.index(forKey: key) {
                values.values[place].value = newValue
            } else {
                insert(newValue, for: key)
            }
        }
    }

    private mutating func insert(_ value: Value, for key: Key) {
        count += 1
        values[key] = (value, count)
        order.append((key, count))
        while values.count > limit || order.count > 2 * limit, let oldest = order.popFirst() {
            // One that was removed and came again is younger.
            if let place = values.index(forKey: oldest.key), values.values[place].age == oldest.age {
                values.remove(at: place)
            }
        }
    }

    /// All that is there, oldest first.
    var all: [(key: Key, value: Value)] {
        values.sorted { $0.value.age < $1.value.age }.map { ($0.key, $0.value.value) }
    }
}

/// What tells a text from others, in one word: in place of texts that are only compared, of which thousands are kept in mind.
struct TextDigest: Hashable, Sendable {
    private let word: Int

    init(_ text: String) {
        var hasher = Hasher()
        text.hashOctets(into: &hasher)
        word = hasher.finalize()
    }

    init(of value: some Hashable) { word = value.hashValue }
}

/// Findings in the order in which they were first seen; what is seen again is added to the first of its kind and scope.
struct FindingList: Sendable {
    private struct Key: Hashable, Sendable {
        let kind: CairnFinding.Kind
        let scope: String
    }

    /// So many are kept; who has a thousand needs no other.
    private static let limit = 1_000
    /// So many events of each.
    static let eventLimit = 8

    private(set) var all: [CairnFinding] = []
    private var places: [Key: Int] = [:]

    /// Adds what was noted while a request was answered.
    mutating func add(noted finding: CairnFinding, event: Int) {
        guard all.count < Self.limit else { return }
        var finding = finding
        finding.events = [event]
        all.append(finding)
    }

    /// Adds the entry of the request that findings were noted in.
    mutating func add(event: Int, ofRequest number: Int) {
        var index = all.count - 1
        while index >= 0, all[index].request == number {
            all[index].add([event], limit: Self.eventLimit)
            index -= 1
        }
    }

    /// Adds what was judged.
    ///
    /// - Parameter scope: what it is about, an object or a client, each of which has one finding of a kind.
    mutating func add(_ finding: CairnFinding, about scope: String, events: [Int]) {
        let key = Key(kind: finding.kind, scope: scope)
        if let place = places[key] {
            all[place].add(events, limit: Self.eventLimit)
            all[place].request = finding.request
        } else if all.count < Self.limit {
            var finding = finding
            finding.add(events, limit: Self.eventLimit)
            places[key] = all.count
            all.append(finding)
        }
    }
}

extension CairnFinding {
    fileprivate mutating func add(_ more: [Int], limit: Int) {
        for event in more where !events.contains(event) && events.count < limit { events.append(event) }
    }
}
