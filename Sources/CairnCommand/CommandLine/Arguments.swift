import CCairnBuild

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The command line of this process.
///
/// Swift's own `CommandLine.arguments` is read from `/proc` on Linux, and crashes where there is none: in a bare container,
/// in a change of root.
enum Arguments {
    /// The words, the name of the executable first; `nil` if nothing here knows them.
    static var all: [String]? {
        if let words = cairn_arguments() {
            return (0..<Int(cairn_argument_count())).compactMap { words[$0].map { String(cString: $0) } }
        }
        #if os(Linux)
            guard access("/proc/self/cmdline", R_OK) == 0 else { return nil }
        #endif
        return CommandLine.arguments
    }
}
