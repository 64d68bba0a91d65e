/// Issuances over TLS by clients side by side, each with its own account on its own connection.
struct Throughput {
    let arena: Arena
    let rounds: Int
    /// How many clients, and how many certificates they issue together.
    let plans: [Load.Plan]

    func measure() throws -> Table {
        var rows: [Comparison] = []
        for plan in plans {
            var outcomes: [Contestant: [Load.Outcome]] = [:]
            for round in 1...rounds {
                for contestant in Contestant.allCases {
                    let outcome = try arena.with(contestant) { server, port in
                        try Load.run(plan, on: server, port: port, network: arena.network)
                    }
                    outcomes[contestant, default: []].append(outcome)
                    note(line(contestant, plan, round, outcome))
                }
            }
            rows += comparisons(plan, outcomes)
        }
        return Table("Over TLS", rows)
    }

    private func line(_ contestant: Contestant, _ plan: Load.Plan, _ round: Int, _ outcome: Load.Outcome) -> String {
        let rate = text(Double(outcome.certificates) / outcome.seconds)
        let trouble = outcome.trouble.map { ", \($0)" } ?? ""
        return "\(contestant), \(plan.clients) clients, round \(round): "
            + "\(outcome.certificates) of \(plan.certificates), \(rate) per second\(trouble)"
    }

    private func comparisons(_ plan: Load.Plan, _ outcomes: [Contestant: [Load.Outcome]]) -> [Comparison] {
        let clients = plan.clients == 1 ? "1 client" : "\(plan.clients) clients"
        var rate = Comparison("\(clients): issuances per second")
        var half = Comparison("\(clients): latency p50, ms")
        var late = Comparison("\(clients): latency p99, ms")
        var server = Comparison("\(clients): server CPU per certificate, µs")
        var client = Comparison("\(clients): client CPU per certificate, µs")
        var requests = Comparison("\(clients): requests per certificate")
        for (contestant, outcomes) in outcomes {
            let whole = outcomes.filter { $0.trouble == nil }
            if whole.count < outcomes.count {
                rate.remarks[contestant] = remark(on: outcomes)
            }
            guard !whole.isEmpty else { continue }
            let latencies = Samples(whole.flatMap(\.latencies.values))
            func median(_ value: (Load.Outcome) -> Double) -> Double { Samples(whole.map(value)).median }
            rate.numbers[contestant] = median { Double($0.certificates) / $0.seconds }
            half.numbers[contestant] = latencies.median
            late.numbers[contestant] = latencies.quantile(0.99)
            server.numbers[contestant] = median { $0.serverTime / Double($0.certificates) * 1e6 }
            client.numbers[contestant] = median { $0.clientTime / Double($0.certificates) * 1e6 }
            requests.numbers[contestant] = median { Double($0.requests) / Double($0.certificates) }
        }
        return [rate, half, late, server, client, requests]
    }

    /// Why rounds ended early, and after how many certificates.
    private func remark(on outcomes: [Load.Outcome]) -> String {
        let broken = outcomes.filter { $0.trouble != nil }
        let reasons = Set(broken.compactMap { $0.trouble.map { String($0.prefix { $0 != ":" }) } })
        let counts = broken.map { "\($0.certificates)" }.joined(separator: ", ")
        return "(\(reasons.sorted().joined(separator: ", ")) in \(broken.count) of \(outcomes.count), after \(counts))"
    }
}
