import Foundation

/// The built executable as a child process.
///
/// Foundation's process may be used by several threads.
final class CairnProcess: @unchecked Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()

    /// - Parameter folder: where it runs; by default the root of the package.
    init(_ arguments: [String], in folder: URL = packageFolder, environment: [String: String] = [:]) throws {
        process.executableURL = try Self.executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // A test that waits for an end that does not come shall fail, not hang.
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(90)) { [weak self] in self?.send(SIGKILL) }
    }

    deinit { if process.isRunning { process.terminate() } }

    /// Beside the bundle of these tests.
    private static var executable: URL {
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

    /// The lines of the announcement up to the first empty one: what stands before the colon, and what after.
    func ready() throws -> [String: String] {
        var text = ""
        while !text.contains("\n\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else {
                throw Failure(description: "it ended without being ready: \(text)\(try finish().errors)")
            }
            text += String(decoding: more, as: UTF8.self)
        }
        let lines = text.prefix(upTo: text.range(of: "\n\n")?.lowerBound ?? text.endIndex).components(separatedBy: "\n")
        guard lines.first == "Cairn is ready." else {
            throw Failure(description: "expected it to be ready, got \(text)")
        }
        let pairs = try lines.dropFirst().map { line in
            guard let colon = line.range(of: ":") else { throw Failure(description: "no colon in \(line)") }
            return (String(line[..<colon.lowerBound]), line[colon.upperBound...].trimmingCharacters(in: .whitespaces))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    func send(_ signal: Int32) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }

    struct Ended: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Waits for its end and tells what it wrote that was not read before.
    func finish() throws -> Ended {
        let errors = self.errors.fileHandleForReading.readDataToEndOfFile()
        let output = self.output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationReason == .exit else {
            throw Failure(description: "it ended by signal \(process.terminationStatus)")
        }
        return Ended(
            status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self))
    }

    /// Runs it to its end.
    static func run(_ arguments: String...) throws -> Ended { try CairnProcess(arguments).finish() }
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
