import Glibc

/// How long it takes from the start of the program until it can be used.
struct Readiness {
    let arena: Arena
    let starts: Int

    func measure() throws -> Table {
        var answers: [Contestant: Samples] = [:]
        var lines = Samples()
        for _ in 0..<starts {
            for contestant in Contestant.allCases {
                answers[contestant, default: Samples()].add(try untilDirectory(contestant))
            }
            lines.add(try untilReadyLine())
        }
        note("start: \(starts) times each")
        return Table(
            "From exec until ready",
            [
                Comparison("directory over TLS, best of \(starts), ms", answers.mapValues(\.least)),
                Comparison("directory over TLS, median of \(starts), ms", answers.mapValues(\.median)),
                Comparison("ready line on standard output, best, ms", [.cairn: lines.least]),
                Comparison("ready line on standard output, median, ms", [.cairn: lines.median]),
            ])
    }

    /// Until the directory has been read over TLS, in milliseconds.
    private func untilDirectory(_ contestant: Contestant) throws -> Double {
        let port = try freePort()
        let launch = try arena.stable.launch(contestant, port: port)
        let start = Clocks.monotonic
        let server = try ServerProcess(launch)
        defer { server.end() }
        try arena.firstDirectory(port: port)
        return Double(Clocks.monotonic - start) / 1e6
    }

    /// Until Cairn has printed where its directory is, in milliseconds.
    ///
    /// Nobody tries to connect meanwhile.
    private func untilReadyLine() throws -> Double {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Unexpected("cannot make a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let launch = try arena.stable.launch(.cairn, port: try freePort())
        let start = Clocks.monotonic
        let server = try ServerProcess(launch, output: ends[1])
        defer { server.end() }
        close(ends[1])
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        var descriptor = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        while poll(&descriptor, 1, 20_000) > 0 {
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { break }
            output += buffer[..<count]
            if String(decoding: output, as: UTF8.self).contains("Directory:") {
                return Double(Clocks.monotonic - start) / 1e6
            }
        }
        throw Unexpected("cairn printed no ready line")
    }
}
