/// Where servers are started, measured and ended.
struct Arena {
    let stable: Stable
    let network: Network

    /// Starts a server, waits until it listens, and ends it when `body` is done.
    func with<Result>(_ contestant: Contestant, _ body: (ServerProcess, _ port: Int) throws -> Result) throws -> Result
    {
        let port = try freePort()
        let server = try ServerProcess(try stable.launch(contestant, port: port))
        defer { server.end() }
        try firstDirectory(port: port)
        return try body(server, port)
    }

    /// Waits until somebody listens and answers with the directory over TLS.
    func firstDirectory(port: Int) throws {
        let deadline = Clocks.monotonic + 20_000_000_000
        while Clocks.monotonic < deadline {
            guard let socket = try connectOnce(port: port) else {
                Clocks.sleep(microseconds: 50)
                continue
            }
            let status = try DirectoryProbe.read(over: socket, port: port, network: network)
            guard status == 200 else { throw Unexpected("the directory was answered \(status)") }
            return
        }
        throw Unexpected("nobody listens on port \(port) after 20 s")
    }
}

/// What is known of both servers, side by side.
struct Comparison {
    let measure: String
    /// Text in place of a number, such as the reason why there is none.
    var remarks: [Contestant: String] = [:]
    var numbers: [Contestant: Double] = [:]

    init(_ measure: String, _ numbers: [Contestant: Double] = [:]) {
        (self.measure, self.numbers) = (measure, numbers)
    }

    var cells: [String] {
        let values = [Contestant.cairn, .pebble].map { contestant in
            [numbers[contestant].map { text($0) }, remarks[contestant]].compactMap { $0 }.joined(separator: " ")
        }
        guard let cairn = numbers[.cairn], let pebble = numbers[.pebble], pebble > 0 else {
            return [measure] + values + ["–"]
        }
        return [measure] + values + [text(cairn / pebble)]
    }
}

extension Table {
    init(_ title: String, _ comparisons: [Comparison]) {
        self.init(title, ["measure", "cairn", "pebble", "cairn / pebble"])
        for comparison in comparisons { add(comparison.cells) }
    }
}
