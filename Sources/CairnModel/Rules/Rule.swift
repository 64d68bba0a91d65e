/// One thing that the CA does out of turn: where, when, and what.
///
/// ```swift
/// CairnRule(.badNonce.times(3), at: .finalize)
/// CairnRule(.unavailable(retryAfter: .seconds(30)).times(1), at: .finalize, each: .order)
/// ```
///
/// Where rules answer in place of the server, the newest with hits left does, unless ``priority`` says otherwise; where they
/// alter what the server answers, all that match do, the newest last. A rule has a JSON form of the same words.
public struct CairnRule: Hashable, Sendable {
    /// By what it is listed and removed; `nil` gives it a number when it is added.
    public var name: String?
    /// What it belongs to, so that several can be listed and removed together.
    public var tags: [String]
    /// The requests that it is for, by what they are for; empty for all.
    public private(set) var endpoints: [ACMEEndpoint]
    /// What else has to be true of a request, all of it; in the order in which the JSON form has them.
    public private(set) var conditions: [Condition]
    /// For which things there is a count of its own; `nil` counts all requests together.
    public var each: Each?
    /// How many requests that match it lets pass first.
    public var after: Int
    /// Of the requests that match it takes one in so many: with 5 the fifth, the tenth and so on.
    public var every: Int
    /// By what chance it takes a request, from a stream of its own; 1 is always, and 0 never and without a draw.
    public var probability: Double
    /// When it ends; `nil` for never.
    public var until: End?
    /// The state that its story has to be in, and the one that it is in afterwards.
    public var story: Story?
    /// Which rule answers where several would: the one with the higher number, whatever their age.
    public var priority: Int
    /// Whether a scope may end before it did anything.
    public var isOptional: Bool
    /// What it does.
    public let fault: CairnFault

    /// Makes a rule, which takes effect when it is added to those of a CA.
    ///
    /// A fault on connections is for connections, and so need not say where it is. What cannot be is refused when the rule is
    /// added.
    ///
    /// - Parameters:
    ///   - instant: when it ends, by the clock of the CA.
    ///   - duration: how long after it was added it ends, by the clock of the CA.
    ///   - requires: the state in which its story has to be.
    ///   - becomes: the state in which its story is once it did something.
    ///   - story: which story that is; `nil` for the one without a name.
    public init(
        _ fault: CairnFault, at endpoints: ACMEEndpoint..., where conditions: Condition..., each: Each? = nil,
        after: Int = 0, every: Int = 1, probability: Double = 1, until instant: CairnInstant? = nil,
        lasting duration: Duration? = nil, requires: String? = nil, becomes: String? = nil, story: String? = nil,
        priority: Int = 0, isOptional: Bool = false, name: String? = nil, tags: [String] = []
    ) {
        let isOfStory = requires != nil || becomes != nil || story != nil
        self.init(
            fault: fault, endpoints: endpoints, conditions: conditions, each: each, after: after, every: every,
            probability: probability, until: instant.map(End.at) ?? duration.map(End.after),
            story: isOfStory ? Story(requires: requires, becomes: becomes, of: story) : nil, priority: priority,
            isOptional: isOptional, name: name, tags: tags)
    }

    package init(
        fault: CairnFault, endpoints: [ACMEEndpoint] = [], conditions: [Condition] = [], each: Each? = nil,
        after: Int = 0, every: Int = 1, probability: Double = 1, until: End? = nil, story: Story? = nil,
        priority: Int = 0, isOptional: Bool = false, name: String? = nil, tags: [String] = []
    ) {
        self.name = name
        self.tags = tags
        let isOfConnections = !fault.steps.isEmpty && fault.steps.allSatisfy { $0.action.point == .connection }
        self.endpoints = endpoints.isEmpty && isOfConnections ? [.connection] : endpoints
        // As they stand in JSON, where the conditions of one kind stand together.
        self.conditions = conditions.sorted { $0.rank < $1.rank }
        self.each = each
        self.after = after
        self.every = every
        self.probability = probability
        self.until = until
        self.story = story
        self.priority = priority
        self.isOptional = isOptional
        self.fault = fault
    }

    /// What requests can have a count of their own for.
    public enum Each: String, CaseIterable, Sendable {
        /// Each order that is read or finalized.
        case order
        /// Each account that signs.
        case account
        /// Each name and address that is asked for.
        case identifier
        /// Each authorization that is read, or of which a challenge is.
        case authorization
        /// Each connection.
        case connection
    }

    /// When a rule ends.
    public enum End: Hashable, Sendable {
        /// By the clock of the CA.
        case at(CairnInstant)
        /// So long after it was added, by the clock of the CA.
        case after(Duration)
    }

    /// A state among those of a story, for rules that follow on each other.
    ///
    /// A story begins in the state `start`.
    public struct Story: Hashable, Sendable {
        /// The state in which the rule can do something; `nil` for any.
        public var requires: String?
        /// The state that comes once the rule did something; `nil` leaves it.
        public var becomes: String?
        /// Which story it is, where there are several; `nil` for the one without a name.
        public var name: String?

        /// A part of the story without a name, unless told otherwise.
        public init(requires: String? = nil, becomes: String? = nil, of name: String? = nil) {
            (self.requires, self.becomes, self.name) = (requires, becomes, name)
        }

        /// The state in which a story begins.
        public static let start = "start"
    }
}

extension ACMEEndpoint {
    /// Where rules speak of connections, before there is a request.
    public static let connection = ACMEEndpoint(rawValue: "connection")
}

/// Where on the way of a request a rule can do something, in this order.
package enum RulePoint: String, CaseIterable, Comparable, Sendable {
    /// A connection comes in.
    case connection
    /// It is known what the request is for, and nothing else.
    case routed
    /// The request is signed as it must be, and understood.
    case understood
    /// What the request asks for is done.
    case committed
    /// The answer is there as a value.
    case answer
    /// The answer is there as bytes.
    case bytes
    /// The bytes are on their way.
    case wire

    package static func < (left: RulePoint, right: RulePoint) -> Bool { left.index < right.index }

    /// The place in the order, from 0 on.
    package var index: Int {
        switch self {
        case .connection: 0
        case .routed: 1
        case .understood: 2
        case .committed: 3
        case .answer: 4
        case .bytes: 5
        case .wire: 6
        }
    }

    /// Whether rules alter here what is there, all that match, and none answers.
    package var alters: Bool { self >= .answer }
}

extension CairnRule {
    /// The first point at which everything is known that the rule asks about.
    package var earliestPoint: RulePoint {
        let each: RulePoint =
            switch self.each {
            case .account, .identifier: .understood
            case .order, .authorization, .connection, nil: .routed
            }
        return conditions.map(\.earliestPoint).reduce(each, max)
    }

    /// The point at which a step happens.
    package func point(of action: Action) -> RulePoint {
        action.point == .connection ? .connection : max(action.point, earliestPoint)
    }
}
