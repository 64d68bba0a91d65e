import Glibc

/// Everything that was measured.
struct Report {
    var tables: [Table] = []

    var text: String { tables.map(\.text).joined(separator: "\n") }
    var markdown: String { tables.map(\.markdown).joined(separator: "\n") }

    func write(markdownTo path: String) throws {
        guard let file = fopen(path, "w") else { throw Unexpected("cannot write \(path)") }
        defer { fclose(file) }
        fputs(markdown, file)
    }
}

/// Tells what is going on, apart from the results.
func note(_ text: String) {
    let line = Array("\(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
}
