/// How many CNAME records are followed before the answer is `SERVFAIL`.
private let chainLimit = 16

extension ZoneContent {
    /// Answers a question as a resolver would that asks the servers of this world: by the algorithm of RFC 1034 §4.3.2,
    /// with wildcards by RFC 4592 and negative answers by RFC 2308.
    func resolve(_ question: DNSName, _ type: CairnDNSType) -> DNSAnswer {
        var answer = DNSAnswer(question: question, type: type, outcome: .noData)
        if let flaw = question.flaw {
            answer.fail(.formatError, flaw)
            return answer
        }
        var name = question
        var visited: Set<DNSName> = [name.key]
        while true {
            guard let next = step(name, type, into: &answer) else { return answer }
            if let flaw = next.flaw {
                answer.fail(.serverFailure, flaw)
            } else if !visited.insert(next.key).inserted {
                answer.fail(.serverFailure, "the CNAME records go round in a circle")
            } else if answer.chain.count > chainLimit {
                answer.fail(.serverFailure, "expected at most \(chainLimit) CNAME records in a row, got more")
            } else {
                name = next
                continue
            }
            return answer
        }
    }

    /// Looks at one name of the chain; returns the name to go on with, or `nil` if the answer is complete.
    private func step(_ name: DNSName, _ type: CairnDNSType, into answer: inout DNSAnswer) -> DNSName? {
        if let code = failure(for: name, type: type) {
            switch code {
            case .noError: negative(.noData, name, &answer)
            case .nameError: negative(.nameError, name, &answer)
            default: answer.fail(code, nil)
            }
            return nil
        }
        guard case .existing(let records) = node(at: name) else {
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
    fileprivate mutating func fail(_ code: CairnDNSResponseCode, _ reason: String?) {
        outcome = .failed(code)
        self.reason = reason
    }
}
