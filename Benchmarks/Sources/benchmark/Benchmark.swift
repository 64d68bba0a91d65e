import Glibc

@main
struct Benchmark {
    static func main() {
        do {
            let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
            let report = try Benchmark(arguments).run()
            print(report.text)
            if let path = arguments.files["--markdown"] { try report.write(markdownTo: path) }
        } catch {
            note("benchmark: \(error)")
            exit(1)
        }
    }

    private let arguments: Arguments

    private init(_ arguments: Arguments) { self.arguments = arguments }

    private func run() throws -> Report {
        // A server that goes away must not take the benchmark with it.
        signal(SIGPIPE, SIG_IGN)
        var report = Report()
        for measure in arguments.measures {
            switch measure {
            case .inProcess: report.tables += try InProcess.measure(issuances: scaled(3000))
            case .throughput: report.tables.append(try throughput())
            case .readiness: report.tables.append(try Readiness(arena: try arena(), starts: scaled(20)).measure())
            case .memory:
                report.tables.append(
                    try Memory(arena: try arena(), first: scaled(1000), second: scaled(5000)).measure())
            case .endurance:
                report.tables.append(try Endurance(arena: try arena(), certificates: scaled(20_000)).measure())
            }
        }
        return report
    }

    private func throughput() throws -> Table {
        let plans = [(1, 1000), (8, 3000), (32, 4000)].map { clients, certificates in
            Load.Plan(clients: clients, certificates: scaled(certificates))
        }
        return try Throughput(arena: try arena(), rounds: arguments.rounds, plans: plans).measure()
    }

    private func scaled(_ number: Int) -> Int { arguments.isQuick ? number / 10 : number }

    private func arena() throws -> Arena {
        let stable = Stable(
            cairn: try arguments.file("--cairn"), pebble: try arguments.file("--pebble"),
            certificate: try arguments.file("--tls-certificate"), privateKey: try arguments.file("--tls-key"),
            folder: try arguments.file("--folder"))
        return Arena(stable: stable, network: try Network())
    }
}
