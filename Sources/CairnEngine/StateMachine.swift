/// A status that only events change.
///
/// A machine is a value: it holds the status, knows which events are legal in it, and nothing else. What follows from a
/// transition (an order that becomes ready, a certificate to issue) is decided by the command that caused it.
package protocol StateMachine: Sendable, Equatable {
    associatedtype Status: RawRepresentable, CaseIterable, Sendable where Status.RawValue == String
    associatedtype Event: CaseIterable, Sendable

    /// The status now.
    var status: Status { get }

    /// A machine in any status, for tables and tests.
    init(_ status: Status)

    /// The status that `event` leads to from `status`, or `nil` where the standard draws no such arrow.
    static func next(after event: Event, in status: Status) -> Status?

    /// Takes the arrow of `event`, or throws and stays.
    mutating func handle(_ event: Event) throws(IllegalTransition)
}

/// An event that has no arrow in the present status.
package struct IllegalTransition: Error, Equatable, CustomStringConvertible {
    package var description: String

    package init(machine: String, status: String, event: String) {
        description = "\(machine) is \"\(status)\", where \"\(event)\" cannot happen"
    }
}

extension StateMachine {
    /// Whether no event leads out of the status.
    package var isFinal: Bool {
        Event.allCases.allSatisfy { Self.next(after: $0, in: status) == nil }
    }

    fileprivate func target(of event: Event) throws(IllegalTransition) -> Status {
        guard let next = Self.next(after: event, in: status) else {
            throw IllegalTransition(machine: "\(Self.self)", status: status.rawValue, event: "\(event)")
        }
        return next
    }

    package mutating func handle(_ event: Event) throws(IllegalTransition) {
        self = Self(try target(of: event))
    }
}
