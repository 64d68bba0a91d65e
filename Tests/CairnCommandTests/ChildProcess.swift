import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A program that runs beside the tests, in a process group of its own.
///
/// It is started by posix_spawn(3): Foundation's `Process` reads past the end of a directory entry if many files are open, and
/// ends the tests now and then (swift-corelibs-foundation #5472).
final class ChildProcess {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// How a process ended.
    enum End {
        case status(Int32)
        case signal(Int32)
    }

    let identifier: pid_t
    private var end: End?

    /// - Parameters:
    ///   - folder: where it runs.
    ///   - output: where its standard output goes; it is closed here, as `errors` is.
    init(
        _ program: String, _ arguments: [String], in folder: String, environment: [String: String],
        output: FileHandle, errors: FileHandle
    ) throws {
        var actions = Self.fileActions()
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.fileDescriptor, 2)
        posix_spawn_file_actions_addchdir_np(&actions, folder)
        var attributes = Self.attributes()
        defer { posix_spawnattr_destroy(&attributes) }
        #if canImport(Darwin)
            let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_CLOEXEC_DEFAULT
        #else
            posix_spawn_file_actions_addclosefrom_np(&actions, 3)
            let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        #endif
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)

        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var identifier: pid_t = 0
        let error = posix_spawn(&identifier, program, &actions, &attributes, &words, &variables)
        try output.close()
        try errors.close()
        guard error == 0 else { throw Failure(description: "\(program): \(String(cString: strerror(error)))") }
        self.identifier = identifier
    }

    deinit {
        guard isRunning else { return }
        kill(identifier, SIGKILL)
        _ = wait()
    }

    var isRunning: Bool {
        if end == nil { look(WNOHANG) }
        return end == nil
    }

    /// Waits for its end.
    func wait() -> End {
        while true {
            if let end { return end }
            look(0)
        }
    }

    private func look(_ options: Int32) {
        var status: Int32 = 0
        guard waitpid(identifier, &status, options) == identifier else { return }
        let signal = status & 0x7f
        end = signal == 0 ? .status(status >> 8 & 0xff) : .signal(signal)
    }

    #if canImport(Darwin)
        private static func fileActions() -> posix_spawn_file_actions_t? {
            var actions: posix_spawn_file_actions_t?
            posix_spawn_file_actions_init(&actions)
            return actions
        }

        private static func attributes() -> posix_spawnattr_t? {
            var attributes: posix_spawnattr_t?
            posix_spawnattr_init(&attributes)
            return attributes
        }
    #else
        private static func fileActions() -> posix_spawn_file_actions_t {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            return actions
        }

        private static func attributes() -> posix_spawnattr_t {
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            return attributes
        }
    #endif
}
