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
        let named = line.url ?? RootFile.environment("CAIRN_URL")
        var url = named ?? standard
        if named == nil, let file = try running() {
            url = file.url
            if let root = file.root { roots.append(try readText(root)) }
        }
        do throws(ManagementClient.Failure) {
            return try await send(request, to: url, line, roots)
        } catch .refused where named == nil {
            throw SettingsError(
                "no server runs at \(url); \"cairn serve\" starts one, and --url or CAIRN_URL names one")
        } catch {
            throw SettingsError("\(url): \(error)")
        }
    }

    /// The server of this user that runs, or the one of several that has the usual port; `nil` if there is none.
    private static func running() throws(SettingsError) -> ServerFile? {
        let files = ServerFile.all()
        guard files.count > 1 else { return files.first }
        if let usual = files.first(where: { $0.url == standard }) { return usual }
        throw SettingsError(
            "expected one server, got several; --url or CAIRN_URL names one of "
                + files.map(\.url).sorted().joined(separator: ", "))
    }

    private static func send(
        _ request: ManagementClient.Request, to url: String, _ line: CtlLine, _ roots: [String]
    ) async throws(ManagementClient.Failure) -> (ManagementClient, ManagementClient.Answer) {
        let trust: ManagementClient.Trust = line.flags.contains("insecure") ? .anybody : .roots(roots)
        let client = try ManagementClient(url, trusting: trust)
        do {
            return (client, try await client.send(request))
        } catch {
            await client.shutdown()
            throw error
        }
    }
}

/// The file by which a server that runs is found: beside that of its root, named after its process.
struct ServerFile {
    let url: String
    /// Where the root is that its clients trust; `nil` if it has no TLS.
    let root: String?

    /// Leaves the file of this process; without a place for it, nothing.
    ///
    /// - Returns: its path.
    static func leave(url: String, root: String?) -> String? {
        guard let folder = RootFile.cacheFolder else { return nil }
        let path = folder + "/server-\(getpid()).json"
        var json: CairnJSONObject = ["url": .string(url)]
        json["root"] = root.map { .string(absolute($0)) }
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
            found.append(ServerFile(url: url, root: json["root"]?.string))
        }
        return found
    }
}
