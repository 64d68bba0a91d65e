#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The pages of the program that were read for the start.
enum StartPages {
    /// Gives back the memory that the code has come into so far.
    ///
    /// Most of it ran once, and with each page that is needed the kernel maps fifteen beside it. What is called again comes
    /// back from the cache of files, page by page, at the first request.
    static func giveBack() {
        #if os(Linux)
            guard let maps = try? readText("/proc/self/maps") else { return }
            for line in maps.split(separator: "\n") {
                // Code alone: nobody writes into it, so nothing is lost with it.
                let words = line.split(separator: " ", omittingEmptySubsequences: true)
                guard words.count == 6, words[1] == "r-xp", words[5].hasPrefix("/") else { continue }
                let bounds = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
                guard bounds.count == 2, bounds[0] < bounds[1] else { continue }
                madvise(UnsafeMutableRawPointer(bitPattern: bounds[0]), Int(bounds[1] - bounds[0]), MADV_DONTNEED)
            }
        #endif
    }
}
