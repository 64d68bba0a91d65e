import CairnOpenSSLJudge
import Foundation
import Synchronization

/// The built executable, or another program, as a child process that cannot outlast its deadline.
final class CairnProcess {
    struct Failure: Error, CustomStringConvertible { let description: String }

    private let program: String
    private let process: ChildProcess
    private var output: FileHandle { process.output }

    /// - Parameters:
    ///   - program: what runs; by default the built executable.
    ///   - folder: where it runs; by default the root of the package.
    ///   - seconds: how long it may run before it is killed, with what it has started.
    init(
        _ arguments: [String], of program: URL? = nil, in folder: URL = packageFolder,
        environment: [String: String] = [:], within seconds: Int = 60
    ) throws {
        self.program = try (program ?? Self.executable).path
        process = try ChildProcess(
            self.program, arguments, in: folder.path,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 })
        // A test that waits for an end that does not come shall fail, not hang.
        let identifier = process.identifier
        deadline = DispatchWorkItem { kill(-identifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds), execute: deadline)
    }

    private let deadline: DispatchWorkItem

    deinit {
        deadline.cancel()
        send(SIGTERM)
    }

    /// Beside the bundle of these tests.
    static var executable: URL {
        get throws {
            #if os(macOS)
                guard let bundle = Bundle.allBundles.first(where: { $0.bundlePath.hasSuffix(".xctest") })?.bundleURL
                else {
                    throw Failure(description: "no test bundle")
                }
            #else
                let bundle = URL(fileURLWithPath: CommandLine.arguments[0])
            #endif
            return bundle.deletingLastPathComponent().appendingPathComponent("cairn")
        }
    }

    /// Reads the announcement, up to its first empty line.
    func ready() throws -> Ready {
        var text = ""
        while !text.contains("\n\n") {
            let more = output.availableData
            guard !more.isEmpty else {
                throw Failure(description: "it ended without being ready: \(text)\(try finish().errors)")
            }
            text += String(decoding: more, as: UTF8.self)
        }
        return try Ready(text.components(separatedBy: "\n\n")[0])
    }

    /// Reads lines of the output, up to the first that contains a text.
    func lines(until text: String) throws -> [String] {
        var all = ""
        while true {
            let whole = all.components(separatedBy: "\n").dropLast()
            if let last = whole.firstIndex(where: { $0.contains(text) }) { return Array(whole[...last]) }
            let more = output.availableData
            guard !more.isEmpty else {
                throw Failure(description: "it ended without \(text): \(all)\(try finish().errors)")
            }
            all += String(decoding: more, as: UTF8.self)
        }
    }

    /// Waits until it has blocked SIGTERM, the first thing that it does, and has a second thread.
    func waitUntilSignalsAreBlocked() throws {
        #if os(Linux)
            let tasks = "/proc/\(process.identifier)/task"
            while process.isRunning {
                // The thread that waits for signals shows them as not blocked.
                let others = try FileManager.default.contentsOfDirectory(atPath: tasks).filter {
                    $0 != "\(process.identifier)"
                }
                if others.contains(where: { Self.blocks(SIGTERM, "\(tasks)/\($0)/status") }) { return }
            }
        #else
            _ = try ready()
        #endif
    }

    private static func blocks(_ signal: Int32, _ file: String) -> Bool {
        let status = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        let line = status.components(separatedBy: "\n").first { $0.hasPrefix("SigBlk:") }
        let mask = line.flatMap { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) }
        return (mask ?? 0) & 1 << UInt64(signal - 1) != 0
    }

    func send(_ signal: Int32) {
        if process.isRunning { kill(process.identifier, signal) }
    }

    /// How it ended, and what it wrote that was not read before.
    struct Ended {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Waits for its end.
    func finish() throws -> Ended {
        // Who writes more than a pipe holds waits until somebody reads, so both are read at once.
        let (errors, stream, isRead) = (Written(), process.errors, DispatchSemaphore(value: 0))
        DispatchQueue.global().async {
            errors.set(stream.readDataToEndOfFile())
            isRead.signal()
        }
        let output = self.output.readDataToEndOfFile()
        isRead.wait()
        let end = process.wait()
        deadline.cancel()
        switch end {
        case .signal(let signal): throw Failure(description: "\(program) ended by signal \(signal)")
        case .status(let status):
            return Ended(
                status: status, output: String(decoding: output, as: UTF8.self),
                errors: String(decoding: errors.data, as: UTF8.self))
        }
    }

    /// What a process has written.
    private final class Written: Sendable {
        private let content = Mutex(Data())

        var data: Data { content.withLock { $0 } }

        func set(_ data: Data) { content.withLock { $0 = data } }
    }

    /// Runs `body` while it serves, then ends it, which has to go well.
    static func serving<Value>(
        _ arguments: [String], in folder: URL = packageFolder, environment: [String: String] = [:],
        _ body: (Ready) throws -> Value
    ) throws -> Value {
        let cairn = try CairnProcess(arguments, in: folder, environment: environment)
        let value = try body(try cairn.ready())
        cairn.send(SIGTERM)
        let ended = try cairn.finish()
        guard ended.status == 0 else { throw Failure(description: "status \(ended.status): \(ended.errors)") }
        return value
    }
}

/// What the executable tells at the start.
struct Ready {
    /// What stands before the colon of a line, and what after.
    let lines: [String: String]

    init(_ text: String) throws {
        let all = text.components(separatedBy: "\n")
        guard all.first == "Cairn is ready." else {
            throw CairnProcess.Failure(description: "expected it to be ready, got \(text)")
        }
        lines = Dictionary(
            all.dropFirst().map { line in
                let name = line.prefix { $0 != ":" }
                return (String(name), line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces))
            }
        ) { first, _ in first }
    }

    /// The port of the endpoint or URL in a line.
    func port(_ name: String) throws -> Int {
        let address = (lines[name] ?? "").replacingOccurrences(of: "/dir", with: "")
        guard let port = address.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw CairnProcess.Failure(description: "no port in \(name): \(address)")
        }
        return port
    }

    /// The content of the file of the root.
    func root() throws -> String {
        try String(
            contentsOf: URL(fileURLWithPath: lines["Root certificate"] ?? "", relativeTo: packageFolder),
            encoding: .utf8)
    }

    /// What the management API has at a path.
    func get(_ path: String) throws -> String {
        let http = WireHTTP(at: "127.0.0.1:\(try port("Management"))", demands: Wire.Demands(roots: try root()))
        let response = try http.exchange("GET", path, authority: "localhost")
        guard response.status == 200 else { throw CairnProcess.Failure(description: "status \(response.status)") }
        return String(decoding: response.body, as: UTF8.self)
    }
}

/// The root of this package.
let packageFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Options for free ports, so that many can run at once.
let freePorts = ["--acme-port", "0", "--management-port", "0", "--dns-port", "0"]

/// A folder that is deleted after `body`.
func withFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

func text(of file: String) throws -> String {
    try String(contentsOf: packageFolder.appendingPathComponent(file), encoding: .utf8)
}
