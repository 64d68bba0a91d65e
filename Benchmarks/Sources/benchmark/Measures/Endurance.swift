/// One server that issues until somebody would have restarted it: whether it gets slower, and what a certificate costs in memory.
///
/// Of Cairn alone.
struct Endurance {
    let arena: Arena
    let clients = 8
    /// How many parts the work is measured in, and how many certificates each has.
    let parts = 10
    let certificates: Int

    func measure() throws -> Table {
        var table = Table(
            "Endurance of Cairn, \(clients) clients",
            ["certificates so far", "per second", "server CPU each, µs", "resident, KiB", "growth each, bytes"])
        try arena.with(.cairn) { server, port in
            var resident = server.residentMemory
            for part in 1...parts {
                let plan = Load.Plan(clients: clients, certificates: certificates)
                let outcome = try Load.run(plan, on: server, port: port, network: arena.network)
                if let trouble = outcome.trouble { throw Unexpected("endurance, part \(part): \(trouble)") }
                let growth = server.residentMemory - resident
                resident += growth
                let row = [
                    Double(part * certificates), Double(certificates) / outcome.seconds,
                    outcome.serverTime / Double(certificates) * 1e6, resident, growth * 1024 / Double(certificates),
                ]
                table.add(row.map { text($0) })
                note("endurance: \(row.map { text($0) }.joined(separator: ", "))")
            }
        }
        return table
    }
}
