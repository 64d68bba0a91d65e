package import CairnModel

/// A record and the name it belongs to.
package struct OwnedRecord: Hashable, Sendable {
    package var owner: DNSName
    package var record: CairnDNSRecord

    package init(_ owner: DNSName, _ record: CairnDNSRecord) {
        (self.owner, self.record) = (owner, record)
    }
}

/// The outcome of a lookup.
public enum CairnDNSOutcome: Hashable, Sendable {
    /// There are records of the type, perhaps behind CNAME records.
    case found
    /// The name exists but has no record of the type: `NODATA` (RFC 2308 §2.2).
    case noData
    /// The name does not exist: `NXDOMAIN` (RFC 2308 §2.1).
    case nameError
    /// The lookup failed with a response code.
    case failed(CairnDNSResponseCode)
    /// The lookup timed out.
    case timedOut
}

extension CairnDNSOutcome: CustomStringConvertible {
    /// A short text, such as `NODATA`.
    public var description: String {
        switch self {
        case .found: "found"
        case .noData: "NODATA"
        case .nameError: "NXDOMAIN"
        case .failed(let code): code.description
        case .timedOut: "timeout"
        }
    }
}

/// The answer to one question, of the table or of a resolver.
package struct DNSAnswer: Hashable, Sendable {
    /// The name that was asked for, as it was written.
    package var question: DNSName
    package var type: CairnDNSType
    package var outcome: CairnDNSOutcome
    /// The CNAME records that were followed, in order.
    package var chain: [OwnedRecord] = []
    /// The records of the type asked for, of the last name of the chain; none unless the outcome is ``CairnDNSOutcome/found``.
    package var records: [CairnDNSRecord] = []
    /// The SOA that goes with a negative answer (RFC 2308 §3).
    package var authority: OwnedRecord?
    /// What went wrong, in words, where the response code alone does not say it.
    package var reason: String?
    /// By how much scripts delay it.
    package var delay = Duration.zero
    /// Whether scripts have it truncated in a datagram.
    package var isTruncated = false
    /// Whether it is that of a server which knows nothing of the zone.
    package var isLame = false
    /// The names of the scripts that had a hand in it.
    package var scripts: [String] = []

    package init(question: DNSName, type: CairnDNSType, outcome: CairnDNSOutcome) {
        (self.question, self.type, self.outcome) = (question, type, outcome)
    }

    package var responseCode: CairnDNSResponseCode {
        switch outcome {
        case .found, .noData: .noError
        case .nameError: .nameError
        case .failed(let code): code
        case .timedOut: .serverFailure
        }
    }

    /// The name at the end of the chain: the one that was asked for if there is no CNAME.
    package var canonicalName: DNSName {
        guard case .cname(let target)? = chain.last?.record.content else { return question }
        return DNSName(target)
    }

    /// How many CNAME records are followed before the answer is `SERVFAIL`.
    package static let chainLimit = 16

    /// The addresses among ``records``, in order.
    package var addresses: [CairnIPAddress] { records.compactMap(\.address) }
}

extension DNSAnswer: CustomStringConvertible {
    /// A sentence part for the detail of a problem: `NXDOMAIN looking up A for www.example.test`, with the chain that led
    /// there, or the records that were found.
    package var description: String {
        let path = chain.reduce(into: "") { text, link in
            guard case .cname(let target) = link.record.content else { return }
            text += " -> \(DNSName(target))"
        }
        let lookup = "looking up \(type) for \(question)" + (path.isEmpty ? "" : " (CNAME\(path))")
        switch outcome {
        case .found: return "\(lookup): " + records.map(\.description).joined(separator: ", ")
        case .noData: return "no \(type) record \(lookup)"
        case .timedOut: return "the time ran out \(lookup)" + (reason.map { ": \($0)" } ?? "")
        case .nameError, .failed: return "\(outcome) \(lookup)" + (reason.map { ": \($0)" } ?? "")
        }
    }
}

extension ZoneContent {
    /// Answers a question as a resolver would that asks the servers of this world: by the algorithm of RFC 1034 §4.3.2,
    /// with wildcards by RFC 4592 and negative answers by RFC 2308.
    ///
    /// - Parameter scripted: says what scripts do about a name; `nil` if there are none.
    func resolve(
        _ question: DNSName, _ type: CairnDNSType, _ scripted: ((DNSName) -> ScriptedAnswer)? = nil
    ) -> DNSAnswer {
        var answer = DNSAnswer(question: question, type: type, outcome: .noData)
        if let flaw = question.flaw {
            answer.fail(.formatError, flaw)
            return answer
        }
        var name = question
        var visited: Set<DNSName> = [name.key]
        while true {
            guard let next = step(name, type, scripted?(name), into: &answer) else { return answer }
            if let flaw = next.flaw {
                answer.fail(.serverFailure, flaw)
            } else if !visited.insert(next.key).inserted {
                answer.fail(.serverFailure, "the CNAME records go round in a circle")
            } else if answer.chain.count > DNSAnswer.chainLimit {
                answer.fail(
                    .serverFailure, "expected at most \(DNSAnswer.chainLimit) CNAME records in a row, got more")
            } else {
                name = next
                continue
            }
            return answer
        }
    }

    /// Looks at one name of the chain; returns the name to go on with, or `nil` if the answer is complete.
    private func step(
        _ name: DNSName, _ type: CairnDNSType, _ scripted: ScriptedAnswer?, into answer: inout DNSAnswer
    ) -> DNSName? {
        if let scripted {
            answer.scripts += scripted.names
            answer.delay = (answer.delay + scripted.delay).saturated
            answer.isTruncated = answer.isTruncated || scripted.isTruncated
        }
        defer { if let duration = scripted?.negativeTTL { answer.keepNegative(for: duration) } }
        var node: ZoneNode?
        switch scripted?.action {
        case .code(let code):
            end(with: code, name, &answer)
            return nil
        case .timeout:
            answer.outcome = .timedOut
            return nil
        case .lame:
            answer.isLame = true
            answer.fail(.serverFailure, "the server that is named for the zone knows nothing of it")
            return nil
        case .answer(let records): node = .existing(records)
        case .hide: node = self.node(at: name, hiding: scripted?.hiddenType)
        case .pass, .propagation, .delay, .truncate, .negativeTTL, nil: break
        }
        if node == nil, let code = failure(for: name, type: type) {
            end(with: code, name, &answer)
            return nil
        }
        guard case .existing(let records) = node ?? self.node(at: name, writtenBy: scripted?.latest) else {
            finish(name, type, with: [], missing: .nameError, &answer)
            return nil
        }
        if let alias = records.first(where: { $0.type == .cname }), case .cname(let target) = alias.content,
            type != .cname
        {
            answer.chain.append(OwnedRecord(name, alias))
            guard type != .any else {
                answer.outcome = .found
                return nil
            }
            return DNSName(target)
        }
        finish(name, type, with: records, missing: .noData, &answer)
        return nil
    }

    /// Answers with a code that somebody wants.
    private func end(with code: CairnDNSResponseCode, _ name: DNSName, _ answer: inout DNSAnswer) {
        switch code {
        case .noError: negative(.noData, name, &answer)
        case .nameError: negative(.nameError, name, &answer)
        default: answer.fail(code, nil)
        }
    }

    /// What stands at a name of what was written no later; `nil` is any time.
    private func node(at name: DNSName, writtenBy latest: CairnInstant?) -> ZoneNode {
        latest.map { EarlierContent(content: self, latest: $0).node(at: name) } ?? node(at: name)
    }

    /// What stands at a name without its records of a type, or without all: nothing at all if that leaves none.
    private func node(at name: DNSName, hiding type: CairnDNSType?) -> ZoneNode {
        guard case .existing(let records) = node(at: name) else { return .missing }
        let rest = records.filter { type != nil && $0.type != type }
        return rest.isEmpty && !hasDescendants(name.key) && !hosting.isApex(name.key) ? .missing : .existing(rest)
    }

    private func finish(
        _ name: DNSName, _ type: CairnDNSType, with records: [CairnDNSRecord], missing: CairnDNSOutcome,
        _ answer: inout DNSAnswer
    ) {
        if missing == .nameError, !everyNameExists {
            negative(.nameError, name, &answer)
            return
        }
        // A set of one type is handed on as it is stored, not copied.
        var found = records.allSatisfy { $0.type == type } ? records : records.filter { $0.type == type }
        if found.isEmpty {
            let start = startOfAuthority(for: name)
            if type == .any {
                // RFC 8482 §4.2: one made-up record instead of everything.
                found = [.other(.hinfo, [7] + Array("RFC8482".utf8) + [0])]
            } else if type == .soa, start.owner.key == name.key {
                found = [start.record]
            } else if let address = defaultRecord(of: type, for: name, with: records) {
                found = [address]
            }
        }
        if found.isEmpty {
            negative(.noData, name, &answer)
        } else {
            answer.outcome = .found
            answer.records = found
        }
    }

    private func negative(_ outcome: CairnDNSOutcome, _ name: DNSName, _ answer: inout DNSAnswer) {
        answer.outcome = outcome
        // RFC 2308 §2.1: the SOA is that of a zone above a name that does not exist, never its own.
        let zone = outcome == .nameError ? name.parent ?? name : name
        answer.authority = startOfAuthority(for: zone)
    }
}

extension DNSAnswer {
    /// The SOA of a negative answer says how long that may be kept (RFC 2308 §5).
    fileprivate mutating func keepNegative(for duration: Duration) {
        guard case .soa(var start)? = authority?.record.content else { return }
        start.minimum = duration
        authority?.record = .soa(start, timeToLive: duration)
    }

    /// It came too late for whoever asked.
    mutating func timeOut(after patience: Duration) {
        (outcome, chain, records, authority) = (.timedOut, [], [], nil)
        reason = "expected an answer within \(patience.text), got one after \(delay.text)"
    }

    fileprivate mutating func fail(_ code: CairnDNSResponseCode, _ reason: String?) {
        outcome = .failed(code)
        self.reason = reason
    }
}
