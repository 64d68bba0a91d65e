import CairnModel
import HTTPTypes

/// A condition of a rule, made ready to be checked often, and therefore one word.
final class RuleCheck: Sendable {
    /// What came instead; put into words when somebody asks.
    enum Instead: Sendable {
        case nothing
        case text(String)
        case texts([String])
        case number(Int)
        case json(CairnJSON)
        case conditions
    }

    private enum Kind: Sendable {
        case texts(CairnRule.Condition.Subject, [TextPattern])
        case orderNumber([Int])
        case field(HTTPField.Name, Test)
        case payload(CairnJSONPointer, Test)
        case isProblem(Bool)
        case status([Int])
        case answer(CairnJSONPointer, Test)
        case not([RuleCheck])
        case never
    }

    private struct Test: Sendable {
        let kind: CairnRule.Condition.Test.Kind
        let pattern: TextPattern?

        init(_ test: CairnRule.Condition.Test) {
            kind = test.kind
            pattern = if case .matches(let text) = test.kind { TextPattern(text) } else { nil }
        }

        func fits(_ value: CairnJSON?) -> Bool {
            switch kind {
            case .exists: value != nil
            case .absent: value == nil
            case .equals(let wanted): value == wanted
            case .matches: value?.string.flatMap { text in pattern?.fits(text) } ?? false
            }
        }

        var wanted: String {
            switch kind {
            case .exists: "any value"
            case .absent: "none"
            case .equals(let value): value.glimpse
            case .matches(let pattern): pattern.quoted
            }
        }
    }

    private let kind: Kind
    private let name: String

    init(_ condition: CairnRule.Condition) {
        name = condition.memberName
        kind =
            switch condition.kind {
            case .text(let subject, let patterns):
                .texts(
                    subject,
                    patterns.map { TextPattern($0, ignoresCase: subject == .identifier || subject == .source) })
            case .orderNumber(let numbers): .orderNumber(numbers)
            case .field(let field, let test):
                HTTPField.Name(field.rawValue).map { .field($0, Test(test)) } ?? .never
            case .payload(let pointer, let test): .payload(pointer, Test(test))
            case .isProblem(let isProblem): .isProblem(isProblem)
            case .status(let statuses): .status(statuses)
            case .answer(let pointer, let test): .answer(pointer, Test(test))
            case .not(let conditions): .not(conditions.map(RuleCheck.init))
            }
    }

    /// What came instead of what is wanted; `nil` if the condition is true.
    func miss(_ sight: Sight) -> Instead? {
        switch kind {
        case .texts(.identifier, let patterns):
            let identifiers = sight.subject.parts.identifiers
            let fits = identifiers.contains { identifier in patterns.contains { $0.fits(identifier.value) } }
            return fits ? nil : .texts(identifiers.map(\.value))
        case .texts(let subject, let patterns):
            guard let text = sight.text(of: subject) else { return .nothing }
            for index in patterns.indices where patterns[index].fits(text) { return nil }
            return .text(text)
        case .orderNumber(let numbers):
            guard let number = sight.subject.parts.orderNumber else { return .nothing }
            return numbers.contains(number) ? nil : .number(number)
        case .field(let name, let test):
            let value = sight.fields[name]
            return test.fits(value.map(CairnJSON.string)) ? nil : value.map { .text($0) } ?? .nothing
        case .payload(let pointer, let test):
            let value = sight.payload.json?[at: pointer]
            return test.fits(value) ? nil : value.map { .json($0) } ?? .nothing
        case .answer(let pointer, let test):
            let value = sight.answer?[at: pointer]
            return test.fits(value) ? nil : value.map { .json($0) } ?? .nothing
        case .isProblem(let isProblem): return sight.isProblem == isProblem ? nil : .json(.bool(sight.isProblem))
        case .status(let statuses):
            guard let status = sight.status else { return .nothing }
            return statuses.contains(status) ? nil : .number(status)
        case .not(let checks): return checks.contains { $0.miss(sight) != nil } ? nil : .conditions
        case .never: return .nothing
        }
    }

    /// What came and what was wanted, in words: `identifier: "www.example.com", not "*.example.test"`.
    func sentence(_ instead: Instead) -> String {
        let came =
            switch instead {
            case .nothing: "none"
            case .text(let text): text.quoted
            case .texts(let texts): texts.isEmpty ? "none" : texts.quotedList
            case .number(let number): "\(number)"
            case .json(let json): json.glimpse
            case .conditions: "all are true"
            }
        switch kind {
        case .texts(_, let patterns): return "\(name): \(came), not \(Self.choice(patterns.map(\.text.quoted)))"
        case .orderNumber(let numbers), .status(let numbers):
            return "\(name): \(came), not \(Self.choice(numbers.map(String.init)))"
        case .field(let field, let test): return "\(name) \(field.rawName): \(came), not \(test.wanted)"
        case .payload(let pointer, let test), .answer(let pointer, let test):
            return "\(name) \(pointer): \(came), not \(test.wanted)"
        case .isProblem(let wanted): return "\(name): \(came), not \(wanted)"
        case .not: return "\(name): \(came)"
        case .never: return "\(name): never"
        }
    }

    private static func choice(_ texts: [String]) -> String { texts.joined(separator: " or ") }
}

extension Sight {
    fileprivate func text(of subject: CairnRule.Condition.Subject) -> String? {
        switch subject {
        case .dialect: dialect
        case .method: method
        case .path: path
        case .source: source.map { "\($0)" }
        case .account: account
        case .identifier: self.subject.parts.identifiers.first?.value
        case .profile: self.subject.parts.profile
        case .order: order
        case .orderStatus: self.subject.parts.orderStatus
        case .authorization: authorization
        }
    }

    /// What a rule counts for; `nil` where the request is about none.
    func keys(of each: CairnRule.Each) -> [String]? {
        switch each {
        case .order: order.map { [$0] }
        case .account: account.map { [$0] }
        case .authorization: authorization.map { [$0] }
        case .connection: connection.map { [$0] }
        case .identifier:
            self.subject.parts.identifiers.isEmpty ? nil : self.subject.parts.identifiers.map(\.value)
        }
    }
}
