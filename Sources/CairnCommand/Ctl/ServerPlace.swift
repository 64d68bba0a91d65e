import CairnModel
import CairnTransport

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Where a server runs, and how it is found.
enum ServerPlace {
    /// Where `cairn` serves the management API unless it is told otherwise.
    static let standard = "https://localhost:15000"

    /// Sends a request to the server that is meant.
    ///
    /// - Returns: the client, to be shut down after the answer.
    static func send(
        _ request: ManagementClient.Request, by line: CtlLine
    ) async throws(SettingsError) -> (ManagementClient, ManagementClient.Answer) {
        var roots = [ListenerIdentity.rootPEM]
        if let cacert = line.cacert { roots.append(try readText(cacert)) }
        let named = (line.url ?? RootFile.environment("CAIRN_URL")).map(Self.origin)
        let files = ServerFile.all()
        var url = named ?? standard
        let meant = if let named { files.first { $0.url == named } } else { try running(of: files) }
        if let file = meant {
            url = file.url
            // It may be that of a server that has just ended.
            if let root = file.root, let text = try? readText(root) { roots.append(text) }
        }
        let client: ManagementClient
        do throws(ManagementClient.Failure) {
            client = try ManagementClient(url, trusting: line.flags.contains("insecure") ? .anybody : .roots(roots))
        } catch {
            throw SettingsError("\(error)")
        }
        do throws(ManagementClient.Failure) {
            return (client, try await client.send(request))
        } catch {
            await client.shutdown()
            if case .refused = error, named == nil {
                throw SettingsError(
                    "no server runs at \(url); \"cairn serve\" starts one, and --url or CAIRN_URL names one")
            }
            throw SettingsError("\(url): \(error)")
        }
    }

    /// The server that a URL is of, which may be that of its directory, or of anything else there.
    private static func origin(_ url: String) -> String {
        guard let scheme = ["https://", "http://"].first(where: { url.hasPrefix($0) }) else { return url }
        return scheme + url.dropFirst(scheme.count).prefix { $0 != "/" }
    }

    /// The server of this user that runs, or the one of several that has the usual port; `nil` if there is none.
    private static func running(of files: [ServerFile]) throws(SettingsError) -> ServerFile? {
        guard files.count > 1 else { return files.first }
        if let usual = files.first(where: { $0.url == standard }) { return usual }
        throw SettingsError(
            ["expected one server, got several; --url or CAIRN_URL names one of"]
                + files.sorted { $0.process < $1.process }.map { file in
                    "  \(file.url)  process \(file.process)" + (file.command.map { ": \($0)" } ?? "")
                })
    }
}

/// The file by which a server that runs is found: beside that of its root, named after its process.
struct ServerFile {
    let url: String
    /// Where the root is that its clients trust; `nil` if it has no TLS.
    let root: String?
    let process: Int32
    /// The line that it was started with.
    let command: String?

    /// Leaves the file of this process; without a place for it, nothing.
    ///
    /// - Returns: its path.
    static func leave(url: String, root: String?) -> String? {
        guard let folder = RootFile.cacheFolder else { return nil }
        let path = folder + "/server-\(getpid()).json"
        var json: CairnJSONObject = ["url": .string(url)]
        json["root"] = root.map { .string(absolute($0)) }
        json["command"] = Arguments.all.map { .string($0.joined(separator: " ")) }
        return (try? RootFile.write(CairnJSON.object(json).text() + "\n", to: path)).map { _ in path }
    }

    private static func absolute(_ path: String) -> String {
        guard let text = realpath(path, nil) else { return path }
        defer { free(text) }
        return String(cString: text)
    }

    /// The servers of this user that run; the files of those that ended otherwise than they should are deleted.
    static func all() -> [ServerFile] {
        guard let folder = RootFile.cacheFolder, let list = opendir(folder) else { return [] }
        defer { closedir(list) }
        var found: [ServerFile] = []
        while let entry = readdir(list) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix("server-"), name.hasSuffix(".json"),
                let process = Int32(name.dropFirst(7).dropLast(5))
            else { continue }
            let path = "\(folder)/\(name)"
            guard kill(process, 0) == 0 || errno == EPERM else {
                unlink(path)
                continue
            }
            guard let bytes = try? readFile(path), let json = try? CairnJSON(parsing: bytes),
                let url = json["url"]?.string
            else { continue }
            found.append(
                ServerFile(
                    url: url, root: json["root"]?.string, process: process, command: json["command"]?.string))
        }
        return found
    }
}
