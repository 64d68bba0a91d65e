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

    /// What it writes to its standard output.
    let output: FileHandle
    /// What it writes to its standard error.
    let errors: FileHandle

    /// - Parameter folder: where it runs.
    init(_ program: String, _ arguments: [String], in folder: String, environment: [String: String]) throws {
        Self.starting.lock()
        defer { Self.starting.unlock() }
        let (output, errors) = (try Self.openPipe(), try Self.openPipe())
        (self.output, self.errors) = (output.reading, errors.reading)
        var actions = Self.fileActions()
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.writing, 2)
        var attributes = Self.attributes()
        defer { posix_spawnattr_destroy(&attributes) }
        #if canImport(Darwin)
            let flags =
                POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_CLOEXEC_DEFAULT
        #else
            let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        #endif
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)

        // It enters the folder by itself: what would do so before is not in every C library.
        let enter = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder, program] + arguments
        var words = enter.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var identifier: pid_t = 0
        let error = posix_spawn(&identifier, enter[0], &actions, &attributes, &words, &variables)
        close(output.writing)
        close(errors.writing)
        guard error == 0 else { throw Failure(description: "\(program): \(String(cString: strerror(error)))") }
        self.identifier = identifier
    }

    /// Held from the first pipe of a child until it runs, so that no other child inherits them.
    private static let starting = NSLock()

    private static func openPipe() throws -> (reading: FileHandle, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(description: "no pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (FileHandle(fileDescriptor: ends[0], closeOnDealloc: true), ends[1])
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
