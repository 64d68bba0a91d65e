package import CairnModel

/// Why a certificate signing request is refused: the detail of a `badCSR` problem (RFC 8555 §7.4).
package struct CSRRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence that says what was expected and what came.
    package let reason: String
    /// The rule that was broken.
    package let cause: ACMEProblem.Cause
    /// The identifiers that the refusal is about, if it is about identifiers: one subproblem each (RFC 8555 §6.7.1).
    package let identifiers: [ACMEIdentifier]

    init(_ reason: String, cause: ACMEProblem.Cause, identifiers: [ACMEIdentifier] = []) {
        self.reason = reason
        self.cause = cause
        self.identifiers = identifiers
    }

    package var description: String { reason }
}
