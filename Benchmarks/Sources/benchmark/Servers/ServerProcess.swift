import Glibc

/// A server that this program started, and that it ends.
struct ServerProcess: Sendable {
    let pid: pid_t

    /// Starts a program.
    ///
    /// Its outputs go to `/dev/null`, its standard output to `output` if there is one.
    init(_ launch: Launch, output: Int32? = nil) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments = ([launch.executable] + launch.arguments).map { strdup($0) } + [nil]
        var environment = launch.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, launch.executable, &actions, nil, &arguments, &environment)
        guard status == 0 else {
            throw Unexpected("cannot start \(launch.executable): \(String(cString: strerror(status)))")
        }
        self.pid = pid
    }

    /// Asks the server to end, and makes it end if it does not within five seconds.
    func end() {
        kill(pid, SIGTERM)
        let deadline = Clocks.monotonic + 5_000_000_000
        while waitpid(pid, nil, WNOHANG) == 0 {
            if Clocks.monotonic > deadline {
                kill(pid, SIGKILL)
                waitpid(pid, nil, 0)
                return
            }
            Clocks.sleep(microseconds: 1000)
        }
    }

    /// Processor time of all its threads so far, in seconds (`utime` and `stime` of proc_pid_stat(5)).
    var processorTime: Double {
        // The name of the program may have spaces; what follows its parenthesis has none.
        guard let text = readFile("/proc/\(pid)/stat"), let mark = text.lastIndex(of: ")") else { return .nan }
        let fields = text[mark...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return .nan }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Memory that is resident now, in KiB, with the parts of the program itself that were read.
    var residentMemory: Double { memory("VmRSS:") }

    /// The part of it that no file stands behind: what the server really needs of its own, in KiB.
    var anonymousMemory: Double { memory("RssAnon:") }

    /// A line of `/proc/PID/status` (proc_pid_status(5)).
    private func memory(_ name: String) -> Double {
        let line = readFile("/proc/\(pid)/status")?.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? .nan
    }
}

/// How a program is started.
struct Launch {
    var executable: String
    var arguments: [String]
    var environment: [String: String] = [:]
}

private func readFile(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = fread(&buffer, 1, buffer.count, file)
    return String(decoding: buffer[..<count], as: UTF8.self)
}
