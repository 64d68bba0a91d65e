package import CairnModel

/// The points on the way of a request at which some rule may do something.
package struct RulePoints: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package init(_ point: RulePoint) { rawValue = 1 << UInt8(point.index) }
}

/// Which rules are to be asked about a request, by what it is for.
///
/// A rule that names endpoints costs requests to others nothing.
struct RuleTable: Sendable {
    /// The rules for one endpoint, in the order in which they are asked.
    struct Entry: Sendable {
        /// Places of rules, one list for each point.
        private var places = [[Int]](repeating: [], count: RulePoint.allCases.count)
        private(set) var points: RulePoints = []

        subscript(point: RulePoint) -> [Int] { places[point.index] }

        fileprivate init(_ rules: [(place: Int, rule: LiveRule)]) {
            for point in RulePoint.allCases {
                let asked = rules.filter { $0.rule.allPoints.contains(RulePoints(point)) }
                places[point.index] = asked.sorted { Self.precedes($0.rule, $1.rule, at: point) }.map(\.place)
                if !asked.isEmpty { points.insert(RulePoints(point)) }
            }
        }

        /// Where one answers it is the newest of the highest priority; where all alter, the newest comes last.
        private static func precedes(_ left: LiveRule, _ right: LiveRule, at point: RulePoint) -> Bool {
            if point.alters { return left.age < right.age }
            if left.rule.priority != right.rule.priority { return left.rule.priority > right.rule.priority }
            return left.age > right.age
        }
    }

    private let byEndpoint: [ACMEEndpoint: Entry]
    private let elsewhere: Entry

    /// - Parameter world: the rules are those of this world, and those of all.
    init(_ rules: [LiveRule], world: String?) {
        let rules = rules.enumerated().filter { $0.element.world == nil || $0.element.world == world }
            .map { (place: $0.offset, rule: $0.element) }
        elsewhere = Entry(rules.filter { $0.rule.rule.endpoints.isEmpty })
        var byEndpoint: [ACMEEndpoint: Entry] = [:]
        for endpoint in Set(rules.flatMap(\.rule.rule.endpoints)) {
            byEndpoint[endpoint] = Entry(
                rules.filter { _, rule in
                    rule.rule.endpoints.contains(endpoint)
                        || rule.rule.endpoints.isEmpty && endpoint != .connection
                })
        }
        self.byEndpoint = byEndpoint
    }

    subscript(endpoint: ACMEEndpoint?) -> Entry { endpoint.flatMap { byEndpoint[$0] } ?? elsewhere }
}
