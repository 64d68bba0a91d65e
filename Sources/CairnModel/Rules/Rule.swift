/// A rule that makes the CA deviate: where, when, and how.
///
/// ```swift
/// CairnRule(.badNonce.times(3), at: .finalize)
/// CairnRule(.unavailable(retryAfter: .seconds(30)).times(1), at: .finalize, each: .order)
/// ```
///
/// If several rules could answer in place of the server, the newest that has not run out does, subject to ``priority``.
/// Rules that alter the server's answer all apply, the newest last. Rules have a JSON form with the same vocabulary.
public struct CairnRule: Hashable, Sendable {
    /// The name by which it is listed and removed; `nil` is replaced by a number when it is added.
    public var name: String?
    /// Tags by which several rules can be listed and removed together.
    public var tags: [String]
    /// The endpoints that it applies to; empty for all.
    public private(set) var endpoints: [ACMEEndpoint]
    /// Further conditions, all of which have to be true; in the order of the JSON form.
    public private(set) var conditions: [Condition]
    /// What requests are counted by; `nil` counts all requests together.
    public var each: Each?
    /// How many matching requests to let pass first.
    public var after: Int
    /// Fires for every n-th matching request: with 5 the fifth, the tenth and so on.
    public var every: Int
    /// The probability of firing, drawn from a separate random stream.
    ///
    /// 1 always fires; 0 never does and draws nothing.
    public var probability: Double
    /// When it ends; `nil` means never.
    public var until: End?
    /// The state in which its story has to be, and the next state.
    public var story: Story?
    /// The priority among rules that could answer: the highest number wins, whatever their age.
    public var priority: Int
    /// Whether a test may end without it having fired.
    public var isOptional: Bool
    /// What it does.
    public let fault: CairnFault

    /// Creates a rule, which takes effect when it is added to a CA.
    ///
    /// Faults on connections apply to connections without naming the endpoint. Invalid combinations are refused when
    /// the rule is added.
    ///
    /// - Parameters:
    ///   - instant: when it ends, on the CA's clock.
    ///   - duration: how long after being added it ends, on the CA's clock.
    ///   - requires: the state in which its story has to be.
    ///   - becomes: the next state of its story once it has fired.
    ///   - story: the name of its story; `nil` for the unnamed one.
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

    /// What requests can be counted by.
    public enum Each: String, CaseIterable, Sendable {
        /// Each order that is read or finalized.
        case order
        /// Each account that signs a request.
        case account
        /// Each requested name or address.
        case identifier
        /// Each authorization that is read or whose challenge is.
        case authorization
        /// Each connection.
        case connection
    }

    /// When a rule ends.
    public enum End: Hashable, Sendable {
        /// At an instant on the CA's clock.
        case at(CairnInstant)
        /// Some time after it was added, on the CA's clock.
        case after(Duration)
    }

    /// A step in a story, for rules that build on each other.
    ///
    /// A story begins in the state `start`.
    public struct Story: Hashable, Sendable {
        /// The state in which the rule can fire; `nil` for any.
        public var requires: String?
        /// The next state once the rule has fired; `nil` keeps the state.
        public var becomes: String?
        /// The name of the story; `nil` for the unnamed one.
        public var name: String?

        /// Creates a step, by default of the unnamed story.
        public init(requires: String? = nil, becomes: String? = nil, of name: String? = nil) {
            (self.requires, self.becomes, self.name) = (requires, becomes, name)
        }

        /// The state in which a story begins.
        public static let start = "start"
    }
}

extension ACMEEndpoint {
    /// The endpoint of rules on connections, before there is a request.
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

/// The sets of rules that a client chose by its directory URL: `/with/zeroSSL+flaky/dir`.
package struct RuleWorld: Hashable, Sendable {
    /// The names joined by `+`, as they stand in the path.
    package let name: String
    /// The names, in the order in which their rules are added.
    package let names: [String]

    package init(_ name: some StringProtocol) {
        self.name = String(name)
        names = name.texts(between: "+").map { String($0) }
    }

    /// Whether a set can have a name: only what stands in a path as it is (RFC 3986 §2.3), so that every set can be chosen.
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~")].contains(octet)
                }
            }
    }

    /// What all paths of the world begin with.
    package var prefix: String { "/with/\(name)" }

    /// The world that a path names, and the path in it; `nil` for a path that names none.
    package static func split(_ path: String) -> (world: RuleWorld, path: String)? {
        guard path.begins(with: "/with/") else { return nil }
        let rest = path[path.utf8.index(path.startIndex, offsetBy: 6)...]
        guard let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")), slash > rest.startIndex else { return nil }
        return (RuleWorld(rest[..<slash]), String(rest[slash...]))
    }
}
