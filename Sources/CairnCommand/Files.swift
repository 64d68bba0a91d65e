import Cairn
import CairnModel

#if canImport(Darwin)
    @preconcurrency import Darwin
#elseif canImport(Musl)
    @preconcurrency import Musl
#else
    @preconcurrency import Glibc
#endif

/// Reads a whole file, or says which one could not be read and why.
func readFile(_ path: String) throws(SettingsError) -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw fileError("cannot read", path) }
    defer { fclose(file) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        content += chunk[..<count]
        if count < chunk.count { break }
    }
    guard ferror(file) == 0 else { throw fileError("cannot read", path) }
    return content
}

func readText(_ path: String) throws(SettingsError) -> String {
    String(decoding: try readFile(path), as: UTF8.self)
}

func fileError(_ attempt: String, _ path: String) -> SettingsError {
    SettingsError("\(attempt) \(path.isEmpty ? "\"\"" : path): \(String(cString: strerror(errno)))")
}

func writeError(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    write(STDERR_FILENO, bytes, bytes.count)
}

/// Lets what was printed go out; tells whether somebody can read it.
@discardableResult
func flushStandardOutput() -> Bool { fflush(nil) == 0 }

/// Lets what was printed go out.
///
/// - Throws: if it could not all be written to a file or a device. That nobody reads a pipe any more, as after `head`, is
///   no failure, and neither is a standard output that was closed from the start, in whose place there may be anything.
func finishOutput() throws(SettingsError) {
    let isFlushed = fflush(stdout) == 0
    let reason = isFlushed ? "not all could be written" : String(cString: strerror(errno))
    var status = stat()
    guard !isFlushed || ferror(stdout) != 0, fstat(STDOUT_FILENO, &status) == 0 else { return }
    guard [S_IFREG, S_IFCHR].contains(status.st_mode & S_IFMT) else { return }
    throw SettingsError("cannot write to the standard output: \(reason)")
}

/// Ends the process with what was printed so far.
func leave(_ status: Int32) -> Never {
    fflush(nil)
    exit(status)
}

/// The file that holds the root that clients trust, for those that want a path.
enum RootFile {
    /// Writes the root of the built-in identity where this user's caches are, so that the path stays the same from run to
    /// run; where there is no such place, into a fresh temporary folder.
    static func write(_ pem: String) throws(SettingsError) -> String {
        if let folder = cacheFolder, let path = try? write(pem, to: folder + "/root.pem") { return path }
        return try writeAfresh(pem)
    }

    /// Writes a root into a fresh temporary folder.
    static func writeAfresh(_ pem: String) throws(SettingsError) -> String {
        let pattern = path(temporaryFolder, freshName + "XXXXXX")
        var template = Array(pattern.utf8CString)
        guard mkdtemp(&template) != nil else { throw fileError("cannot make a folder like", pattern) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return try write(pem, to: folder + "/root.pem")
    }

    /// Deletes a root, and its folder, that only this process has told of.
    static func deleteIfMadeAfresh(_ file: String) {
        let beginning = path(temporaryFolder, freshName)
        guard file.hasPrefix(beginning), file.hasSuffix("/root.pem") else { return }
        let folder = String(file.dropLast("/root.pem".count))
        guard folder.utf8.count == beginning.utf8.count + 6 else { return }
        unlink(file)
        rmdir(folder)
    }

    private static var temporaryFolder: String { environment("TMPDIR") ?? "/tmp" }
    private static let freshName = "cairn-"

    /// Where this user's caches of Cairn are, made if need be; `nil` if nothing says where that is.
    ///
    /// A relative path in `XDG_CACHE_HOME` does not count, as the XDG Base Directory Specification has it.
    static var cacheFolder: String? {
        let named = environment("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        guard let caches = named ?? environment("HOME").map({ path($0, ".cache") }) else { return nil }
        mkdir(caches, 0o700)
        let folder = path(caches, "cairn")
        mkdir(folder, 0o700)
        return folder
    }

    private static func path(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// Puts a text into a file, unless it is there already.
    static func write(_ text: String, to path: String) throws(SettingsError) -> String {
        if let present = try? readText(path), present == text { return path }
        // Another process may be reading it: a new file takes its place in one step.
        let draft = path + ".\(getpid())"
        guard let file = fopen(draft, "wb") else { throw fileError("cannot write", draft) }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten, rename(draft, path) == 0 else {
            unlink(draft)
            throw fileError("cannot write", path)
        }
        return path
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// A file of rules, as `--rules` names it: `FILE` for all requests, `NAME=FILE` for the clients that choose them by their URL.
struct RulesFile {
    let path: String
    /// What `/with/NAME/dir` calls it; `nil` for rules that hold everywhere.
    let name: String?
    let rules: [CairnRule]

    init(_ text: String) throws(SettingsError) {
        if let equals = text.firstIndex(of: "="), equals > text.startIndex {
            (name, path) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
        } else {
            (name, path) = (nil, text)
        }
        let bytes = try readFile(path)
        let lines = JSONLines(bytes)
        let json: CairnJSON
        do { json = try CairnJSON(parsing: bytes) } catch {
            let (line, column) = lines.place(ofByte: error.offset)
            throw SettingsError("\(path):\(line):\(column): \(error)")
        }
        let (rules, faults) = CairnRule.read(json)
        guard faults.isEmpty else {
            throw SettingsError(
                faults.map { [path] fault in
                    let line = CairnJSONPointer(fault.pointer).flatMap { lines.line(of: $0, in: json) }
                    return "\(path):\(line ?? 1): \(fault)"
                })
        }
        self.rules = rules
    }

    /// Has a CA start with the rules.
    ///
    /// - Parameter configuration: has to say already how the CA listens.
    func apply(to configuration: inout TestCA.Configuration) throws(SettingsError) {
        do { try configuration.check(rules) } catch { throw SettingsError("\(path): \(error)") }
        if let name { configuration.rulesets[name] = rules } else { configuration.rules += rules }
    }
}
