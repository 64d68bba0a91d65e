/// Resident memory at the start and after certificates were issued, by one client.
struct Memory {
    let arena: Arena
    let first: Int
    let second: Int

    func measure() throws -> Table {
        var rows = [
            Comparison("resident after start, KiB"),
            Comparison("of that anonymous, KiB"),
            Comparison("after \(first) certificates, KiB"),
            Comparison("after \(second) certificates, KiB"),
            Comparison("growth per 1,000 certificates from \(first) to \(second), KiB"),
        ]
        for contestant in Contestant.allCases {
            let readings = try readings(contestant)
            for (row, reading) in readings.enumerated() { rows[row].numbers[contestant] = reading }
            if readings.count == 4 {
                rows[4].numbers[contestant] = (readings[3] - readings[2]) / Double(second - first) * 1000
            } else {
                rows[readings.count].remarks[contestant] = "(stalled)"
            }
            note("memory of \(contestant): \(readings.map { text($0) }.joined(separator: ", ")) KiB")
        }
        return Table("Memory", rows)
    }

    private func readings(_ contestant: Contestant) throws -> [Double] {
        try arena.with(contestant) { server, port in
            var readings = [server.residentMemory, server.anonymousMemory]
            for certificates in [first, second - first] {
                let outcome = try Load.run(
                    Load.Plan(clients: 1, certificates: certificates), on: server, port: port, network: arena.network)
                if let trouble = outcome.trouble {
                    note("\(contestant): \(trouble)")
                    break
                }
                readings.append(server.residentMemory)
            }
            return readings
        }
    }
}
