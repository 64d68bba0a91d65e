import CairnModel

/// The paths of all resources in one table, which is read in both directions.
final class PathTable: Sendable {
    /// A path: words, and `{}` for each name, of which there are two at most.
    struct Line: Sendable {
        let kind: Resource.Kind
        /// `nil` for a name.
        private let segments: [String?]
        /// What stands around the names.
        private let words: [String]

        init(_ kind: Resource.Kind, _ path: String) {
            self.kind = kind
            segments = path.texts(between: "/").dropFirst().map { $0 == "{}" ? nil : String($0) }
            words = segments.reduce(into: [""]) { words, segment in
                words[words.count - 1] += "/" + (segment ?? "")
                if segment == nil { words.append("") }
            }
        }

        /// The word that it begins with.
        var word: String { (segments.first ?? nil) ?? "" }

        /// What it has before its first name.
        var beginning: String { words[0] }

        /// Whether it is of objects with names.
        var isSubtree: Bool { words.count > 1 && !kind.row.isShared }

        /// The names in a path that was split at its slashes and begins with the word; `nil` if it is another path.
        func names(in parts: ArraySlice<Substring>) -> Resource.Names<Substring>? {
            guard parts.count == segments.count else { return nil }
            var names = Resource.Names<Substring>()
            for (segment, part) in zip(segments, parts).dropFirst() {
                if let segment {
                    guard segment.isSame(as: part) else { return nil }
                } else {
                    names = Resource.Names(names.first ?? part, names.first == nil ? nil : part)
                }
            }
            return names
        }

        /// The path with names, of which there are as many as the line has, and with what goes before it.
        func path(_ names: Resource.Names<String>, after origin: String, _ prefix: String) -> String {
            guard let first = names.first else { return String(joining: origin, prefix, words[0]) }
            guard let last = names.last else { return String(joining: origin, prefix, words[0], first, words[1]) }
            return String(joining: origin, prefix, words[0], first, words[1], last, words[2])
        }

        /// How many names it has.
        var count: Int { words.count - 1 }
    }

    private let byWord: [WireText: [Line]]
    /// Those of each kind, the one to write first.
    private let byKind: [[Line]]
    /// Whether a name that nothing can have names nothing, and does not lead nowhere.
    let takesAnyName: Bool

    private init(takesAnyName: Bool, _ lines: [(Resource.Kind, String)]) {
        let lines = (lines + Self.pages).map(Line.init)
        byWord = Dictionary(grouping: lines) { WireText($0.word) }
        byKind = Resource.Kind.allCases.map { kind in lines.filter { $0.kind == kind } }
        self.takesAnyName = takesAnyName
    }

    static func of(_ paths: CairnPaths) -> PathTable {
        switch paths {
        case .cairn: cairn
        case .pebble: pebble
        }
    }

    func has(_ kind: Resource.Kind) -> Bool { !byKind[kind.rawValue].isEmpty }

    /// The most names that paths of a kind have.
    func names(of kind: Resource.Kind) -> Int { byKind[kind.rawValue].map(\.count).max() ?? 0 }

    /// The lines that begin with a word.
    func lines(of word: Substring) -> [Line] { byWord[WireText(String(word))] ?? [] }

    /// What the paths of a kind have before their first name.
    func beginning(of kind: Resource.Kind) -> String { byKind[kind.rawValue].first?.beginning ?? "/" }

    /// The path of a resource, with what goes before it.
    func path(of kind: Resource.Kind, _ names: Resource.Names<String>, after origin: String, _ prefix: String) -> String
    {
        let line = byKind[kind.rawValue].first { $0.count == names.count }
        return line?.path(names, after: origin, prefix) ?? "\(origin)\(prefix)/"
    }

    private static let cairn = PathTable(
        takesAnyName: false,
        [
            // Clients that are given a host alone look where Boulder has it.
            (.directory, "/dir"), (.directory, "/directory"), (.newNonce, "/new-nonce"), (.newAccount, "/new-account"),
            (.newOrder, "/new-order"), (.newAuthz, "/new-authz"), (.revokeCert, "/revoke-cert"),
            (.keyChange, "/key-change"), (.account, "/account/{}"), (.orders, "/account/{}/orders"),
            (.order, "/order/{}"), (.finalize, "/order/{}/finalize"), (.authorization, "/authorization/{}"),
            (.challenge, "/challenge/{}/{}"), (.certificate, "/certificate/{}"),
            (.certificate, "/certificate/{}/{}"), (.renewalInfo, "/renewal-info"),
            (.renewalInfo, "/renewal-info/{}"),
        ])

    private static let pebble = PathTable(
        takesAnyName: true,
        [
            (.directory, "/dir"), (.newNonce, "/nonce-plz"), (.newAccount, "/sign-me-up"), (.newOrder, "/order-plz"),
            (.newAuthz, "/new-authz"), (.revokeCert, "/revoke-cert"), (.keyChange, "/rollover-account-key"),
            (.account, "/my-account/{}"), (.orders, "/list-orderz/{}"), (.ordersPage, "/list-orderz/{}/page/{}"),
            (.order, "/my-order/{}"), (.finalize, "/finalize-order/{}"), (.authorization, "/authZ/{}"),
            (.challenge, "/chalZ/{}"), (.issued, "/certZ/{}"), (.issued, "/certZ/{}/alternate/{}"),
            (.renewalInfo, "/draft-ietf-acme-ari-03/renewalInfo"),
            (.renewalInfo, "/draft-ietf-acme-ari-03/renewalInfo/{}"),
        ])

    /// What is not ACME's, and the same everywhere.
    private static let pages: [(Resource.Kind, String)] = [
        (.issuer, "/issuer/{}"), (.termsOfService, "/terms/{}"), (.agreement, "/terms/agreement/{}"),
        (.rateLimits, "/rate-limits"), (.unpause, "/unpause/{}"), (.outOfBand, "/out-of-band/{}"),
        (.crl, "/crl/{}/{}"), (.ocsp, "/ocsp"), (.ocspRequest, "/ocsp/{}"),
    ]
}
