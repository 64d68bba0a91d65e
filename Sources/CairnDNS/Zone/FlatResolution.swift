extension CairnDNSTable {
    /// How a table answers questions from its records.
    package enum Manner: Sendable {
        /// As the servers of the zones do in which its names lie.
        case zones
        /// As `pebble-challtestsrv` does: each name by itself, and none that does not exist.
        ///
        /// A name without records of the type asked for has the default address of that type, whatever else it has; wildcards
        /// stand for nothing. The name asked for may fail, and what its CNAME record leads to does not; that is followed once.
        /// Every answer has one SOA in its authority section. Of the types that `pebble-challtestsrv` says it does not
        /// implement, NS and SOA have no records, which clients that look for a zone understand.
        case flat
    }
}

extension Zone {
    /// The SOA that goes with every answer: whoever asked never is to keep it.
    private static let start = OwnedRecord(
        DNSName("challtestsrv.invalid"),
        .soa(
            .init(
                primary: "ns.challtestsrv.invalid", mailbox: "master.challtestsrv.invalid", serial: 1,
                refresh: .seconds(1), retry: .seconds(1), expire: .seconds(1), minimum: .seconds(1))))

    /// Answers a question in the manner ``CairnDNSTable/Manner/flat``.
    func resolveFlat(_ question: DNSName, _ type: CairnDNSType) -> DNSAnswer {
        var answer = DNSAnswer(question: question, type: type, outcome: .noData)
        answer.authority = Self.start
        if let flaw = question.flaw {
            (answer.outcome, answer.reason) = (.failed(.formatError), flaw)
            return answer
        }
        if let code = failure(for: question, type: type) {
            answer.outcome = .failed(code)
            return answer
        }
        var name = question
        if type != .cname, let alias = records(of: name.key)?.first(where: { $0.type == .cname }),
            case .cname(let target) = alias.content
        {
            answer.chain = [OwnedRecord(name, alias)]
            name = DNSName(target)
        }
        if let flaw = name.flaw {
            (answer.outcome, answer.reason) = (.failed(.serverFailure), flaw)
            return answer
        }
        var found = (records(of: name.key) ?? []).filter { $0.type == type }
        if found.isEmpty {
            switch type {
            case .a: found = defaultIPv4.map { [.address($0)] } ?? []
            case .aaaa: found = defaultIPv6.map { [.address($0)] } ?? []
            default: break
            }
        }
        if !found.isEmpty {
            (answer.outcome, answer.records) = (.found, found)
        } else if !Self.implemented.contains(type) {
            (answer.outcome, answer.reason) = (.failed(.notImplemented), "pebble-challtestsrv does not know the type")
        }
        return answer
    }

    /// The types of which it is said that there are no records.
    private static let implemented: Set<CairnDNSType> = [.a, .aaaa, .txt, .caa, .cname, .ns, .soa]
}
