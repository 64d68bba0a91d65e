/// What was asked for on the command line.
struct Arguments {
    enum Measure: String, CaseIterable {
        case inProcess = "in-process"
        case throughput, readiness, memory, endurance
    }

    static let usage = """
        usage: benchmark [in-process] [throughput] [readiness] [memory] [endurance]
                         [--cairn FILE] [--pebble FILE] [--tls-certificate FILE] [--tls-key FILE] [--folder FOLDER]
                         [--rounds N] [--quick] [--markdown FILE]
        Without a measure, all are taken. All but in-process need both programs and the TLS identity.
        """

    var measures: [Measure] = []
    var files: [String: String] = [:]
    var rounds = 3
    /// A tenth of the work, to see that everything runs.
    ///
    /// Its numbers mean little.
    var isQuick = false

    init(_ words: [String]) throws {
        var words = words[...]
        while let word = words.popFirst() {
            switch word {
            case "--quick": isQuick = true
            case "--rounds":
                guard let number = words.popFirst().flatMap({ Int($0) }), (1...100).contains(number) else {
                    throw Unexpected("--rounds wants a number from 1 to 100")
                }
                rounds = number
            case "--cairn", "--pebble", "--tls-certificate", "--tls-key", "--folder", "--markdown":
                guard let file = words.popFirst() else { throw Unexpected("\(word) wants a path") }
                files[word] = file
            default:
                guard let measure = Measure(rawValue: word) else {
                    throw Unexpected("\"\(word)\" is unknown\n\(Self.usage)")
                }
                measures.append(measure)
            }
        }
        if measures.isEmpty { measures = Measure.allCases }
    }

    func file(_ option: String) throws -> String {
        guard let file = files[option] else { throw Unexpected("\(option) is missing\n\(Self.usage)") }
        return file
    }
}
