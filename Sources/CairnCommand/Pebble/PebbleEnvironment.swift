import CairnModel

/// What the variables `PEBBLE_…` say, which Pebble has where others have settings.
///
/// A value that Pebble cannot read leaves the default, as it does there; here that is said.
struct PebbleEnvironment: Hashable, Sendable {
    /// How many of a hundred good nonces are refused.
    var nonceRejectPercentage = 5
    /// How many of a hundred authorizations are reused.
    var authorizationReusePercentage = 50
    var ordersPerPage = 3
    /// Whether validations begin at once.
    var skipsSleep = false
    /// Validations wait for less than this many seconds.
    var sleepTime = 5
    /// Whether challenges are approved without looking.
    var isAlwaysValid = false
    /// How many roots there are besides the first.
    var alternateRoots = 0
    /// How many intermediates stand between leaf and root.
    var chainLength = 1
    /// What was not understood, a sentence each.
    var warnings: [String] = []

    /// What each variable is for, and what is expected of it.
    static let variables: [(name: String, expected: String, meaning: String)] = [
        (
            "PEBBLE_WFE_NONCEREJECT", "a whole number from 0 to 100", "how many of a hundred good nonces are refused"
        ),
        (
            "PEBBLE_AUTHZREUSE", "a whole number from 0 to 100", "how many of a hundred authorizations are used again"
        ),
        ("PEBBLE_WFE_ORDERS_PER_PAGE", "a whole number from 1 to 10000", "how many orders a page of the list has"),
        ("PEBBLE_VA_NOSLEEP", "1 or true", "whether validations begin at once"),
        (
            "PEBBLE_VA_SLEEPTIME", "a whole number from 0 to 3153600000",
            "for less than how many seconds validations wait"
        ),
        ("PEBBLE_VA_ALWAYS_VALID", "1 or true", "whether challenges are approved without a look"),
        ("PEBBLE_ALTERNATE_ROOTS", "a whole number from 0 to 99", "how many roots there are besides the first"),
        (
            "PEBBLE_CHAIN_LENGTH", "a whole number from 1 to 10",
            "how many intermediates stand between leaf and root"
        ),
    ]

    /// - Parameter value: looks up a variable; `nil` for one that is not set.
    init(_ value: (String) -> String?) {
        var warnings: [String] = []
        func number(_ name: String, _ range: ClosedRange<Int>) -> Int? {
            guard let text = value(name), !text.isEmpty else { return nil }
            guard let number = Int(text), range.contains(number) else {
                let expected = Self.variables.first { $0.name == name }?.expected ?? "a number"
                warnings.append("\(name) is passed over: expected \(expected), got \(text.quoted)")
                return nil
            }
            return number
        }
        if let number = number("PEBBLE_WFE_NONCEREJECT", .min ... .max) {
            // 100 refuses all, and more than that is taken for as many as leave a client some hope.
            nonceRejectPercentage = number > 100 ? 99 : max(0, number)
        }
        authorizationReusePercentage = number("PEBBLE_AUTHZREUSE", 0...100) ?? authorizationReusePercentage
        ordersPerPage = number("PEBBLE_WFE_ORDERS_PER_PAGE", 1...10_000) ?? ordersPerPage
        // More than a century is no delay that a clock can have.
        sleepTime = number("PEBBLE_VA_SLEEPTIME", 0...3_153_600_000) ?? sleepTime
        alternateRoots = number("PEBBLE_ALTERNATE_ROOTS", 0...99) ?? alternateRoots
        // Pebble takes 0 and does not start.
        chainLength = number("PEBBLE_CHAIN_LENGTH", 1...10) ?? chainLength
        skipsSleep = Self.isOn(value("PEBBLE_VA_NOSLEEP"))
        isAlwaysValid = Self.isOn(value("PEBBLE_VA_ALWAYS_VALID"))
        self.warnings = warnings
    }

    /// How probable it is that a good nonce is refused.
    var nonceRejectProbability: Double { Double(nonceRejectPercentage) / 100 }

    /// How probable it is that an authorization is reused.
    ///
    /// Pebble draws one of a hundred numbers from 0 and reuses up to and including the percentage: one in a hundred more than it
    /// says. 0 is never all the same, for that is what whoever sets it wants.
    var authorizationReuseProbability: Double {
        authorizationReusePercentage == 0 ? 0 : min(1, Double(authorizationReusePercentage + 1) / 100)
    }

    /// How many roots there are in all.
    var roots: Int { 1 + alternateRoots }

    private static func isOn(_ text: String?) -> Bool {
        switch text {
        case "1", "true", "True", "TRUE": true
        default: false
        }
    }

    /// What Pebble says about itself at the start, in its words: harnesses look for some of them.
    var announcement: [String] {
        var lines: [String] = []
        if skipsSleep {
            lines.append("Disabling random VA sleeps")
        } else if sleepTime != 5 {
            lines.append("Setting maximum random VA sleep time to \(sleepTime) seconds")
        }
        if isAlwaysValid { lines.append("Disabling VA challenge requests. VA always returns valid") }
        lines.append("Configured to reject \(nonceRejectPercentage)% of good nonces")
        lines.append(
            "Configured to attempt authz reuse for each identifier \(authorizationReusePercentage)% of the time")
        lines.append("Configured to show \(ordersPerPage) orders per page")
        return lines
    }
}
