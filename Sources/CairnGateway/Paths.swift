import CairnCertificates
import CairnEngine
import CairnModel

/// The paths of RFC 8555's resources.
public enum CairnPaths: String, CaseIterable, Sendable {
    /// Cairn's paths: `/dir`, `/new-order`, `/order/…`, `/certificate/…`.
    case cairn
    /// Pebble's paths: `/dir`, `/order-plz`, `/my-order/…`, `/certZ/…` with the certificate's serial number.
    case pebble
}

/// Where things are: the paths of a dialect, which differ from those of another in the table they are from, in what they
/// begin with, and in how objects are read.
///
/// What is for humans, and the certificates of issuers, have no prefix in any dialect.
package struct Paths: Sendable {
    private let table: PathTable
    private let prefix: String
    private let isFinalized: Bool
    /// By the kind of resource.
    private let methods: [[Route.Method]]

    /// - Parameters:
    ///   - prefix: what the paths of a dialect's own resources begin with, such as `/draft`.
    ///   - reading: how objects are read, by GET or by POST-as-GET.
    ///   - isFinalized: whether orders are finalized.
    package init(_ paths: CairnPaths = .cairn, prefix: String = "", reading: [Route.Method], isFinalized: Bool) {
        table = PathTable.of(paths)
        (self.prefix, self.isFinalized) = (prefix, isFinalized)
        methods = PathTable.Kind.allCases.map { $0.methods(reading: reading) }
    }

    /// Whether a path is one of this dialect's own.
    package func own(_ path: Substring) -> Bool {
        path.begins(with: prefix) && path.text(after: prefix).utf8.first == UInt8(ascii: "/")
    }

    /// Whether certificates have their serial numbers in their URLs, and not their orders.
    var nameSerialNumbers: Bool { table.has(.issued) }

    /// Whether the pages of a list have numbers, and not cursors.
    var numberPages: Bool { table.has(.ordersPage) }

    /// The path of a resource, the reverse of ``route(_:)``.
    package func path(of resource: Resource) -> String { path(of: resource, after: "") }

    /// The same after the origin of a URL.
    func path(of resource: Resource, after origin: String) -> String {
        let (kind, first, last) = named(resource)
        var text = origin
        text.reserveCapacity(origin.utf8.count + 96)
        if !kind.isShared { text += prefix }
        table.write(kind, first, last, to: &text)
        return text
    }

    /// What kind of resource it is, and the names that tell it from others of the kind.
    private func named(_ resource: Resource) -> (PathTable.Kind, String, String) {
        switch resource {
        case .directory: (.directory, "", "")
        case .newNonce: (.newNonce, "", "")
        case .newAccount: (.newAccount, "", "")
        case .newOrder: (.newOrder, "", "")
        case .newAuthz: (.newAuthz, "", "")
        case .revokeCert: (.revokeCert, "", "")
        case .keyChange: (.keyChange, "", "")
        case .account(let id): (.account, id.description, "")
        case .orders(let id), .ordersPage(let id, nil): (.orders, id.description, "")
        case .ordersPage(let id, let number?): (.ordersPage, id.description, number.description)
        case .order(let id): (.order, id.description, "")
        case .finalize(let id): (.finalize, id.description, "")
        case .authorization(let id): (.authorization, id.description, "")
        case .challenge(let id, let index):
            table.has(.challenge)
                ? (.challenge, id.description, index.description)
                : (.joinedChallenge, id.description + index.description, "")
        case .certificate(let id, 0): (.certificate, id.description, "")
        case .certificate(let id, let chain): (.certificateChain, id.description, chain.description)
        case .issued(let number, 0): (.issued, Self.name(of: number), "")
        case .issued(let number, let chain): (.issuedChain, Self.name(of: number), chain.description)
        case .nothing(let endpoint, let name):
            (PathTable.Kind.allCases.first { $0.endpoint == endpoint } ?? .order, name, "")
        case .termsOfService(let version): (.termsOfService, PercentEncoding.encode(version), "")
        case .agreement(let id): (.agreement, id.description, "")
        case .renewalInfo(nil): (.renewalInfo, "", "")
        case .renewalInfo(let id?): (.renewalInfoOf, id, "")
        case .rateLimits: (.rateLimits, "", "")
        case .unpause(let id): (.unpause, id.description, "")
        case .outOfBand(let id): (.outOfBand, id.description, "")
        case .issuer(let number): (.issuer, number.description, "")
        case .crl(let issuer, let shard): (.crl, issuer.description, shard.description)
        case .ocsp(nil): (.ocsp, "", "")
        case .ocsp(let request?): (.ocspRequest, String(request), "")
        }
    }

    /// A serial number with zeros in front, so that it is as long as those of Pebble, for which harnesses have a pattern.
    private static func name(of number: CairnSerialNumber) -> String {
        let digits = number.hexadecimal
        return String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits
    }

    /// What a path leads to; `nil` for a path that leads nowhere.
    ///
    /// The path has no query.
    package func route(_ path: Substring) -> Route? {
        guard own(path) else { return nil }
        // Base64 has slashes, which few clients escape.
        if prefix.isEmpty, path.begins(with: "/ocsp/") {
            let request = path.text(after: "/ocsp/")
            return request.isEmpty ? route(to: .ocsp(nil), .ocsp) : route(to: .ocsp(request), .ocspRequest)
        }
        let parts = path.text(after: prefix).texts(between: "/").dropFirst()
        guard let word = parts.first else { return nil }
        let lines = table.lines(of: word)
        for line in lines {
            guard let names = line.names(in: parts), isThere(line.kind) else { continue }
            guard let resource = line.kind.resource(names.first, names.last) else { break }
            return route(to: resource, line.kind)
        }
        // Pebble takes whatever stands below the word of an object for the name of one.
        guard table.takesAnyName, parts.count > 1, let line = lines.first(where: { $0.isSubtree }), isThere(line.kind)
        else { return nil }
        let name = parts.dropFirst().joined(separator: "/")
        return route(to: .nothing(line.kind.endpoint, name: name), line.kind)
    }

    private func route(to resource: Resource, _ kind: PathTable.Kind) -> Route {
        Route(resource, methods[kind.rawValue])
    }

    /// The account that a path leads to: as ``route(_:)`` finds it, without a look at what else it could be, since every
    /// request names one.
    func account(at path: Substring) -> Account.ID? {
        guard path.begins(with: prefix) else { return nil }
        let own = path.text(after: prefix)
        let word = table.beginning(of: .account)
        return own.begins(with: word) ? Account.ID(own.text(after: word)) : nil
    }

    private func isThere(_ kind: PathTable.Kind) -> Bool {
        (prefix.isEmpty || !kind.isShared) && (isFinalized || kind != .finalize)
    }
}

/// The paths of all resources in one table, which is read in both directions.
final class PathTable: Sendable {
    /// What a line of the table leads to.
    enum Kind: Int, CaseIterable, Sendable {
        case directory, newNonce, newAccount, newOrder, newAuthz, revokeCert, keyChange
        case account, orders, ordersPage, order, finalize, authorization
        /// By the authorization and a number; by both in one word.
        case challenge, joinedChallenge
        /// By the order, with the default chain and with that of a number.
        case certificate, certificateChain
        /// By the serial number, in the same way.
        case issued, issuedChain
        case renewalInfo, renewalInfoOf, termsOfService, agreement, rateLimits, unpause, outOfBand, issuer
        /// By the issuer and a shard.
        case crl
        /// What a POST brings, and with the request in the path of a GET (RFC 6960 appendix A.1).
        case ocsp, ocspRequest
    }

    /// A path: words, and `{}` for each name, of which there are two at most.
    struct Line: Sendable {
        let kind: Kind
        /// `nil` for a name.
        private let segments: [String?]
        /// What stands around the names.
        private let words: [String]

        init(_ kind: Kind, _ path: String) {
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
        var isSubtree: Bool { words.count > 1 && !kind.isShared }

        /// The first and the last of the names in a path that was split at its slashes and begins with the word; `nil` if it
        /// is another path.
        func names(in parts: ArraySlice<Substring>) -> (first: Substring, last: Substring)? {
            guard parts.count == segments.count else { return nil }
            var names: (first: Substring, last: Substring)?
            for (segment, part) in zip(segments, parts).dropFirst() {
                if let segment {
                    guard segment.isSame(as: part) else { return nil }
                } else {
                    names = (names?.first ?? part, part)
                }
            }
            return names ?? ("", "")
        }

        func write(_ first: String, _ last: String, to text: inout String) {
            text += words[0]
            text += first
            guard words.count > 1 else { return }
            text += words[1]
            text += last
            if words.count > 2 { text += words[2] }
        }
    }

    private let byWord: [WireText: [Line]]
    /// The first of the lines of each kind.
    private let byKind: [Line?]
    /// Whether a name that nothing can have names nothing, and does not lead nowhere.
    let takesAnyName: Bool

    private init(takesAnyName: Bool, _ lines: [(Kind, String)]) {
        let lines = (lines + Self.pages).map(Line.init)
        byWord = Dictionary(grouping: lines) { WireText($0.word) }
        byKind = Kind.allCases.map { kind in lines.first { $0.kind == kind } }
        self.takesAnyName = takesAnyName
    }

    static func of(_ paths: CairnPaths) -> PathTable {
        switch paths {
        case .cairn: cairn
        case .pebble: pebble
        }
    }

    func has(_ kind: Kind) -> Bool { byKind[kind.rawValue] != nil }

    /// The lines that begin with a word.
    func lines(of word: Substring) -> [Line] { byWord[WireText(String(word))] ?? [] }

    /// What the paths of a kind have before their first name.
    func beginning(of kind: Kind) -> String { byKind[kind.rawValue]?.beginning ?? "/" }

    /// Writes a path of a kind.
    func write(_ kind: Kind, _ first: String, _ last: String, to text: inout String) {
        guard let line = byKind[kind.rawValue] else { return text += "/" }
        line.write(first, last, to: &text)
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
            (.certificateChain, "/certificate/{}/{}"), (.renewalInfo, "/renewal-info"),
            (.renewalInfoOf, "/renewal-info/{}"),
        ])

    private static let pebble = PathTable(
        takesAnyName: true,
        [
            (.directory, "/dir"), (.newNonce, "/nonce-plz"), (.newAccount, "/sign-me-up"), (.newOrder, "/order-plz"),
            (.newAuthz, "/new-authz"), (.revokeCert, "/revoke-cert"), (.keyChange, "/rollover-account-key"),
            (.account, "/my-account/{}"), (.orders, "/list-orderz/{}"), (.ordersPage, "/list-orderz/{}/page/{}"),
            (.order, "/my-order/{}"), (.finalize, "/finalize-order/{}"), (.authorization, "/authZ/{}"),
            (.joinedChallenge, "/chalZ/{}"), (.issued, "/certZ/{}"), (.issuedChain, "/certZ/{}/alternate/{}"),
            (.renewalInfo, "/draft-ietf-acme-ari-03/renewalInfo"),
            (.renewalInfoOf, "/draft-ietf-acme-ari-03/renewalInfo/{}"),
        ])

    /// What is not ACME's, and the same everywhere.
    private static let pages: [(Kind, String)] = [
        (.issuer, "/issuer/{}"), (.termsOfService, "/terms/{}"), (.agreement, "/terms/agreement/{}"),
        (.rateLimits, "/rate-limits"), (.unpause, "/unpause/{}"), (.outOfBand, "/out-of-band/{}"),
        (.crl, "/crl/{}/{}"), (.ocsp, "/ocsp"), (.ocspRequest, "/ocsp/{}"),
    ]
}

extension PathTable.Kind {
    /// Whether it has no prefix in any dialect.
    var isShared: Bool {
        switch self {
        case .renewalInfo, .renewalInfoOf, .termsOfService, .agreement, .rateLimits, .unpause, .outOfBand, .issuer,
            .crl, .ocsp, .ocspRequest:
            true
        default: false
        }
    }

    var endpoint: ACMEEndpoint {
        switch self {
        case .directory: .directory
        case .newNonce: .newNonce
        case .newAccount: .newAccount
        case .newOrder: .newOrder
        case .newAuthz: .newAuthz
        case .revokeCert: .revokeCert
        case .keyChange: .keyChange
        case .account: .account
        case .orders, .ordersPage: .orders
        case .order: .order
        case .finalize: .finalize
        case .authorization: .authorization
        case .challenge, .joinedChallenge: .challenge
        case .certificate, .certificateChain, .issued, .issuedChain: .certificate
        case .renewalInfo, .renewalInfoOf: .renewalInfo
        case .termsOfService: .termsOfService
        case .agreement: .agreement
        case .rateLimits: .rateLimits
        case .unpause: .unpause
        case .outOfBand: .outOfBand
        case .issuer: .issuer
        case .crl: .crl
        case .ocsp, .ocspRequest: .ocsp
        }
    }

    /// The methods of it.
    ///
    /// - Parameter reading: those by which objects are read.
    func methods(reading: [Route.Method]) -> [Route.Method] {
        switch self {
        // What anybody may read unsigned in every dialect, and a client of ACME as it reads objects: the issuers as well,
        // since certificates link to them.
        case .directory, .newNonce, .issuer: [.get, .head] + reading.filter { $0 == .post }
        case .newAccount, .newOrder, .newAuthz, .revokeCert, .keyChange, .account, .finalize, .ocsp: [.post]
        case .orders, .ordersPage, .order, .certificate, .certificateChain, .issued, .issuedChain: reading
        // What clients read and change.
        case .authorization, .challenge, .joinedChallenge: reading.contains(.post) ? reading : reading + [.post]
        case .renewalInfo, .renewalInfoOf, .rateLimits, .termsOfService, .crl, .ocspRequest: [.get, .head]
        case .agreement, .unpause, .outOfBand: [.get, .head, .post]
        }
    }

    /// The resource with the first and the last of the names that stand in its path; `nil` if they name none.
    func resource(_ name: Substring, _ last: Substring) -> Resource? {
        switch self {
        case .directory: .directory
        case .newNonce: .newNonce
        case .newAccount: .newAccount
        case .newOrder: .newOrder
        case .newAuthz: .newAuthz
        case .revokeCert: .revokeCert
        case .keyChange: .keyChange
        case .account: Account.ID(name).map { .account($0) }
        case .orders: Account.ID(name).map { .orders($0) }
        case .ordersPage: Account.ID(name).map { .ordersPage($0, number(last, from: 2)) }
        case .order: Order.ID(name).map { .order($0) }
        case .finalize: Order.ID(name).map { .finalize($0) }
        case .authorization: Authorization.ID(name).map { .authorization($0) }
        case .challenge: challenge(name, last)
        // An id has 22 characters.
        case .joinedChallenge: challenge(name.prefix(22), name.dropFirst(22))
        case .certificate: Order.ID(name).map { .certificate($0, chain: 0) }
        case .certificateChain: certificate(name, last)
        case .issued: CairnSerialNumber(hexadecimal: name).map { .issued($0, chain: 0) }
        case .issuedChain: issued(name, last)
        case .renewalInfo: .renewalInfo(nil)
        case .renewalInfoOf: .renewalInfo(String(name))
        case .termsOfService: .termsOfService(PercentEncoding.decode(name))
        case .agreement: Account.ID(name).map { .agreement($0) }
        case .rateLimits: .rateLimits
        case .unpause: Pause.ID(name).map { .unpause($0) }
        case .outOfBand: OutOfBandPage.ID(name).map { .outOfBand($0) }
        case .issuer: number(name, from: 0).map { .issuer($0) }
        case .crl: crl(name, last)
        case .ocsp: .ocsp(nil)
        case .ocspRequest: .ocsp(name.isEmpty ? nil : name)
        }
    }

    private func challenge(_ authorization: Substring, _ index: Substring) -> Resource? {
        guard let id = Authorization.ID(authorization), let index = number(index, from: 0) else { return nil }
        return .challenge(id, index)
    }

    /// The default chain has the shorter URL alone.
    private func certificate(_ order: Substring, _ chain: Substring) -> Resource? {
        guard let id = Order.ID(order), let chain = number(chain, from: 1) else { return nil }
        return .certificate(id, chain: chain)
    }

    private func issued(_ serialNumber: Substring, _ chain: Substring) -> Resource? {
        guard let number = CairnSerialNumber(hexadecimal: serialNumber), let chain = self.number(chain, from: 0) else {
            return nil
        }
        return .issued(number, chain: chain)
    }

    private func crl(_ issuer: Substring, _ shard: Substring) -> Resource? {
        guard let issuer = number(issuer, from: 0), let shard = number(shard, from: 0) else { return nil }
        return .crl(issuer: issuer, shard: shard)
    }

    /// A number as this server writes it.
    private func number(_ text: Substring, from minimum: Int) -> Int? {
        Int(text).flatMap { "\($0)" == text && $0 >= minimum ? $0 : nil }
    }
}
