import CairnCertificates
import CairnModel

/// Which sets of identifiers have had a certificate, so that renewals can be told from new certificates.
///
/// It is made when it is first asked for, and kept up from then on; a CA without limits never has it.
struct IssuedSets: Sendable {
    private var counts: [Set<ACMEIdentifier>: Int] = [:]

    func contains(_ identifiers: [ACMEIdentifier]) -> Bool { counts[Set(identifiers)] != nil }

    mutating func add(_ identifiers: [ACMEIdentifier]) { counts[Set(identifiers), default: 0] += 1 }

    mutating func remove(_ identifiers: [ACMEIdentifier]) {
        let set = Set(identifiers)
        guard let count = counts[set] else { return }
        counts[set] = count > 1 ? count - 1 : nil
    }
}

extension State {
    /// Whether a certificate for exactly these identifiers was issued and is not forgotten.
    mutating func isRenewal(_ identifiers: [ACMEIdentifier]) -> Bool {
        if issuedSets == nil {
            var sets = IssuedSets()
            for certificate in certificates.values { sets.add(certificate.issued.identifiers) }
            issuedSets = sets
        }
        return issuedSets?.contains(identifiers) ?? false
    }

    mutating func noteIssued(_ identifiers: [ACMEIdentifier]) { issuedSets?.add(identifiers) }

    mutating func noteForgotten(_ identifiers: [ACMEIdentifier]) { issuedSets?.remove(identifiers) }
}
