/// A value that a setting cannot have, or a name that no setting has.
package struct SettingFault: Error, Hashable, Sendable {
    /// One step from a value of a file into it.
    package enum Step: Hashable, Sendable {
        case member(String)
        case element(Int)
    }

    /// Where it is.
    package private(set) var steps: [Step]
    /// What was expected and what came, or what is wrong; it continues the path and a colon.
    package private(set) var sentence: String
    /// What else is wrong with the same value.
    private var others: [SettingFault] = []
    /// How the sentence ends that shows a number that was not taken as it was written.
    private var rounded: String?

    package init(_ sentence: String, at path: String = "") {
        steps = path.isEmpty ? [] : path.split(separator: ".").map { .member(String($0)) }
        self.sentence = sentence
    }

    package init(expected: String, got: CairnJSON) {
        self.init("expected \(expected), got \(got.glimpse)")
        if case .double = got { rounded = got.glimpse }
    }

    /// Several faults of one value as one; `nil` if there are none.
    package init?(_ faults: [SettingFault]) {
        guard let first = faults.first else { return nil }
        self = first
        others = Array((first.others + faults.dropFirst().flatMap(\.all)))
    }

    /// Each fault by itself.
    package var all: [SettingFault] {
        var first = self
        first.others = []
        return [first] + others
    }

    /// The same fault, seen from the value that contains the one that has it.
    package func inside(_ step: Step) -> SettingFault {
        var fault = self
        fault.steps.insert(step, at: 0)
        fault.others = others.map { $0.inside(step) }
        return fault
    }

    /// The same fault, with a number as it was written, where there was no such number.
    package func showing(_ written: String) -> SettingFault {
        guard let rounded, sentence.hasSuffix(rounded) else { return self }
        var fault = self
        fault.sentence = sentence.dropLast(rounded.count) + written
        return fault
    }

    /// The same fault, seen from the value that has the one that has it at `path`.
    package func inside(_ path: String) -> SettingFault {
        var fault = self
        fault.steps = SettingFault("", at: path).steps + steps
        fault.others = others.map { $0.inside(path) }
        return fault
    }

    /// Where it is, as people write it: `authority.profiles[0].validity`.
    package var path: String {
        steps.reduce(into: "") { path, step in
            switch step {
            case .member(let name): path += path.isEmpty ? name.bare : ".\(name.bare)"
            case .element(let index): path += "[\(index)]"
            }
        }
    }
}

extension SettingFault: CustomStringConvertible {
    /// `policy.maximumIdentifiers: expected a whole number of at least 1, got 0`.
    package var description: String { steps.isEmpty ? sentence : "\(path): \(sentence)" }
}

/// A setting that kept its value, because it cannot have the one that a test assigned to it.
///
/// A property that is assigned can throw nothing. So a refused assignment is in the journal, and fails the test that made it
/// when its scope ends. `TestCA.updatePolicy(_:)` and its neighbours throw instead.
public struct CairnRefusedSetting: Hashable, Sendable, CustomStringConvertible {
    /// The path of the setting: `policy.maximumIdentifiers`.
    public let path: String
    /// What the setting can be, and what it was to be: `expected a whole number of at least 1, got 0`.
    public let reason: String

    package init(_ fault: SettingFault) { (path, reason) = (fault.path, fault.sentence) }

    /// `setting policy.maximumIdentifiers refused: expected a whole number of at least 1, got 0`.
    public var description: String { "setting \(path) refused: \(reason)" }
}

extension CairnJSON {
    /// The value in a few words, as a sentence about it shows it.
    package var glimpse: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value.quoted
        case .array(let elements): elements.isEmpty ? "an empty array" : "an array of \(elements.count)"
        case .object(let object): object.isEmpty ? "an empty object" : "an object"
        }
    }
}

extension String {
    /// The text as a part of a path: as it is if it is a plain word, otherwise quoted.
    fileprivate var bare: String {
        let isPlain =
            !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "$"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        return isPlain && utf8.count <= 100 ? self : quoted
    }
}

/// Which name somebody meant.
package enum NearestName {
    /// The name out of `known` that takes the fewest changes to become; `nil` if none is near.
    ///
    /// A change is a letter put in, left out or replaced, or two neighbours exchanged; the other case costs nothing.
    package static func to(_ name: String, among known: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().utf8.prefix(100))
        let most = max(1, wanted.count / 3)
        var (nearest, least): (String?, Int) = (nil, most + 1)
        for candidate in known {
            let distance = distance(wanted, Array(candidate.lowercased().utf8))
            if distance < least { (nearest, least) = (candidate, distance) }
        }
        return nearest
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        // Three rows of the usual table, since an exchange looks two rows back.
        var before: [Int] = []
        var above = Array(0...right.count)
        for index in left.indices {
            var row = [index + 1]
            for column in right.indices {
                let replaced = above[column] + (left[index] == right[column] ? 0 : 1)
                var least = min(replaced, above[column + 1] + 1, row[column] + 1)
                if index > 0, column > 0, left[index] == right[column - 1], left[index - 1] == right[column] {
                    least = min(least, before[column - 1] + 1)
                }
                row.append(least)
            }
            (before, above) = (above, row)
        }
        return above[right.count]
    }
}
