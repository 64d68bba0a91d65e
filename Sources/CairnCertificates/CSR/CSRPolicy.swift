package import CairnModel

/// Whether the holder of an order may have the certificate that a request asks for (RFC 8555 §7.4).
package enum CSRPolicy {
    /// Something that a request asked for and its certificate will not have.
    package struct LeftOut: Hashable, Sendable {
        /// The kind that has a rule of its own.
        package let content: CairnCSRContent
        /// What was asked for, what was expected, and where that stands.
        package let detail: String
    }

    /// Throws what is wrong with `request`, if anything is; otherwise says what it asks for in vain, a kind at a time.
    ///
    /// - Parameters:
    ///   - ordered: the identifiers of the order, in any sequence.
    ///   - policy: what becomes of everything but key and identifiers.
    package static func enforce(
        on request: SigningRequest, against ordered: [ACMEIdentifier], content policy: CairnCSRContentPolicy = .deployed
    ) throws(CSRRefusal) -> [LeftOut] {
        let wanted = Set(ordered)
        let commonNames = CommonNames(request, wanted)
        if let name = commonNames.foreign.first, policy[.foreignCommonName] == .refused {
            throw CSRRefusal(
                "the CSR's common name \(name.quoted) is not among the identifiers of the order (RFC 8555 §7.4)",
                cause: .identifiersOfCSR, identifiers: [ACMEIdentifier(commonName: name)])
        }
        let leftOut = try decide(request.content.items + commonNames.items, policy)
        var requested = request.identifiers
        if !commonNames.isUsual {
            // What only the common name says counts unless it is left out.
            let ignored = Set(
                (policy[.commonNameAlone] == .granted ? [] : request.commonNamesAlone)
                    + commonNames.foreign.map(ACMEIdentifier.init(commonName:)))
            requested.removeAll { ignored.contains($0) && !request.content.identifiers.contains($0) }
        }
        try requireIdentifiers(requested, against: ordered, wanted)
        return leftOut
    }

    static func fitsCommonName(_ name: String) -> Bool { name.unicodeScalars.count <= 64 }

    /// Throws what the policy refuses, all of it in one sentence, and returns what it leaves out.
    private static func decide(
        _ items: [RequestedContent.Item], _ policy: CairnCSRContentPolicy
    ) throws(CSRRefusal) -> [LeftOut] {
        guard !items.isEmpty else { return [] }
        var refused = Groups()
        var leftOut = Groups()
        for item in items {
            switch policy[item.content] {
            case .refused: refused.add(item)
            case .leftOut: leftOut.add(item)
            case .granted: if !item.isGrantable { leftOut.add(item) }
            }
        }
        let refusals = refused.sentences.map(\.detail)
        guard refusals.isEmpty else {
            throw CSRRefusal("the CSR " + refusals.joined(separator: "; it "), cause: .contentOfCSR)
        }
        return leftOut.sentences.map {
            LeftOut(content: $0.content, detail: "the CSR \($0.detail); issued without")
        }
    }

    private static func requireIdentifiers(
        _ requested: [ACMEIdentifier], against ordered: [ACMEIdentifier], _ wanted: Set<ACMEIdentifier>
    ) throws(CSRRefusal) {
        guard !requested.isEmpty else {
            throw CSRRefusal(
                "the CSR names no identifier, expected \(list(ordered)) in its subjectAltName (RFC 8555 §7.4)",
                cause: .identifiersOfCSR, identifiers: ordered,
                facts: facts(requested, against: ordered, missing: ordered))
        }
        let present = Set(requested)
        let missing = ordered.filter { !present.contains($0) }
        let excess = requested.filter { !wanted.contains($0) }
        var differences: [String] = []
        if !missing.isEmpty { differences.append("it lacks \(list(missing))") }
        if !excess.isEmpty { differences.append("the order has no \(list(excess))") }
        guard differences.isEmpty else {
            throw CSRRefusal(
                "the CSR has to name exactly the identifiers of the order: \(differences.joined(separator: ", and ")) "
                    + "(RFC 8555 §7.4)",
                cause: .identifiersOfCSR, identifiers: missing + excess,
                facts: facts(requested, against: ordered, missing: missing))
        }
    }

    /// The first difference, as those count who look at the numbers first: the type of which there are more or fewer than
    /// ordered; or else the type and value of the first that is missing.
    private static func facts(
        _ requested: [ACMEIdentifier], against ordered: [ACMEIdentifier], missing: [ACMEIdentifier]
    ) -> [String] {
        for type in [ACMEIdentifierType.dns, .ip]
        where requested.count(where: { $0.type == type }) != ordered.count(where: { $0.type == type }) {
            return [type.rawValue]
        }
        return missing.first.map { [$0.type.rawValue, $0.value] } ?? []
    }

    /// The first ten, each with its type: a domain name that looks like an address is told from the address.
    private static func list(_ identifiers: [ACMEIdentifier]) -> String {
        let shown = identifiers.prefix(10).map { "\($0.type.rawValue) \($0.value.quoted)" }.joined(separator: ", ")
        let left = identifiers.count - 10
        return left > 0 ? "\(shown) and \(left) more" : shown
    }
}

/// What there is to say about the common names of a request, seen beside its order.
private struct CommonNames {
    private(set) var items: [RequestedContent.Item] = []
    /// Those that the order does not have.
    private(set) var foreign: [String] = []
    /// Whether all of them are ordered, and stand among the alternative names too.
    private(set) var isUsual = true

    init(_ request: SigningRequest, _ wanted: Set<ACMEIdentifier>) {
        if request.commonNames.count > 1 {
            items.append(.init(content: .severalCommonNames, words: "\(request.commonNames.count) common names"))
        }
        for name in request.commonNames {
            let identifier = ACMEIdentifier(commonName: name)
            guard wanted.contains(identifier) else {
                isUsual = false
                foreign.append(name)
                items.append(.init(content: .foreignCommonName, words: "the common name \(name.quoted)"))
                continue
            }
            if request.commonNamesAlone.contains(identifier) {
                isUsual = false
                items.append(
                    .init(
                        content: .commonNameAlone,
                        words: "the common name \(name.quoted), which is not among its alternative names"))
            }
            if identifier.type == .ip {
                items.append(
                    .init(content: .addressAsCommonName, words: "the address \(name.quoted) as common name"))
            }
            if !CSRPolicy.fitsCommonName(name) {
                let count = name.unicodeScalars.count
                items.append(
                    .init(
                        content: .longCommonName, words: "the common name \(name.quoted), of \(count) characters"))
            }
        }
    }
}

/// What was asked for, by the kinds that have a rule of their own.
private struct Groups {
    private var groups: [(entry: CairnCSRContent.Entry, words: [String])] = []

    mutating func add(_ item: RequestedContent.Item) {
        guard let entry = item.content.entry else { return }
        if let index = groups.firstIndex(where: { $0.entry.content == entry.content }) {
            groups[index].words.append(item.words)
        } else {
            groups.append((entry, [item.words]))
        }
    }

    /// One sentence a group, without its subject, that lists the first ten.
    var sentences: [(content: CairnCSRContent, detail: String)] {
        groups.map { entry, words in
            let more = words.count > 10 ? " and \(words.count - 10) more" : ""
            let list = words.prefix(10).joined(separator: ", ") + more
            return (entry.content, "\(entry.verb) \(list), expected \(entry.expected) (\(entry.section))")
        }
    }
}

/// Why a certificate signing request is refused: the detail of a `badCSR` problem (RFC 8555 §7.4).
package struct CSRRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence that says what was expected and what came.
    package let reason: String
    /// The rule that was broken.
    package let cause: ACMEProblem.Cause
    /// The identifiers that the refusal is about, if it is about identifiers: one subproblem each (RFC 8555 §6.7.1).
    package let identifiers: [ACMEIdentifier]
    /// What is known of the cause; see ``ACMEProblem/facts``.
    package let facts: [String]

    init(
        _ reason: String, cause: ACMEProblem.Cause, identifiers: [ACMEIdentifier] = [], facts: [String] = []
    ) {
        self.facts = facts
        self.reason = reason
        self.cause = cause
        self.identifiers = identifiers
    }

    package var description: String { reason }
}
