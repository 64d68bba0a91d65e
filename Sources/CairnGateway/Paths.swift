import CairnCertificates
import CairnEngine
import CairnModel

/// Which paths the resources of RFC 8555 have.
public enum CairnPaths: String, CaseIterable, Sendable {
    /// Those of Cairn: `/dir`, `/new-order`, `/order/…`, `/certificate/…`.
    case cairn
    /// Those of Pebble: `/dir`, `/order-plz`, `/my-order/…`, `/certZ/…` with the certificate's serial number.
    case pebble
}

/// Where things are: the paths of a dialect, which differ from those of another in the table they are from, in what they
/// begin with, and in how objects are read.
///
/// What is for humans, and the certificates of issuers, have no prefix in any dialect.
package struct Paths: Sendable {
    private let table: PathTable
    private let prefix: String
    private let reading: [Route.Method]
    private let isFinalized: Bool

    /// - Parameters:
    ///   - prefix: what the paths of a dialect's own resources begin with, such as `/draft`.
    ///   - reading: how objects are read, by GET or by POST-as-GET.
    ///   - isFinalized: whether orders are finalized.
    package init(_ paths: CairnPaths = .cairn, prefix: String = "", reading: [Route.Method], isFinalized: Bool) {
        table = PathTable.of(paths)
        (self.prefix, self.reading, self.isFinalized) = (prefix, reading, isFinalized)
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
    package func path(of resource: Resource) -> String {
        let (kind, names) = named(resource)
        let path = table.path(of: kind, names)
        return kind.isShared ? path : prefix + path
    }

    private func named(_ resource: Resource) -> (PathTable.Kind, [String]) {
        switch resource {
        case .directory: (.directory, [])
        case .newNonce: (.newNonce, [])
        case .newAccount: (.newAccount, [])
        case .newOrder: (.newOrder, [])
        case .newAuthz: (.newAuthz, [])
        case .revokeCert: (.revokeCert, [])
        case .keyChange: (.keyChange, [])
        case .account(let id): (.account, ["\(id)"])
        case .orders(let id), .ordersPage(let id, nil): (.orders, ["\(id)"])
        case .ordersPage(let id, let number?): (.ordersPage, ["\(id)", "\(number)"])
        case .order(let id): (.order, ["\(id)"])
        case .finalize(let id): (.finalize, ["\(id)"])
        case .authorization(let id): (.authorization, ["\(id)"])
        case .challenge(let id, let index):
            table.has(.challenge) ? (.challenge, ["\(id)", "\(index)"]) : (.joinedChallenge, ["\(id)\(index)"])
        case .certificate(let id, 0): (.certificate, ["\(id)"])
        case .certificate(let id, let chain): (.certificateChain, ["\(id)", "\(chain)"])
        case .issued(let number, 0): (.issued, [Self.name(of: number)])
        case .issued(let number, let chain): (.issuedChain, [Self.name(of: number), "\(chain)"])
        case .nothing(let endpoint, let name):
            (PathTable.Kind.allCases.first { $0.endpoint == endpoint } ?? .order, [name])
        case .termsOfService(let version): (.termsOfService, [PercentEncoding.encode(version)])
        case .agreement(let id): (.agreement, ["\(id)"])
        case .renewalInfo(nil): (.renewalInfo, [])
        case .renewalInfo(let id?): (.renewalInfoOf, [id])
        case .rateLimits: (.rateLimits, [])
        case .unpause(let id): (.unpause, ["\(id)"])
        case .outOfBand(let id): (.outOfBand, ["\(id)"])
        case .issuer(let number): (.issuer, ["\(number)"])
        case .crl(let issuer, let shard): (.crl, ["\(issuer)", "\(shard)"])
        case .ocsp(nil): (.ocsp, [])
        case .ocsp(let request?): (.ocspRequest, [String(request)])
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
            return request.isEmpty
                ? Route(.ocsp(nil), methods(of: .ocsp)) : Route(.ocsp(request), methods(of: .ocspRequest))
        }
        let parts = path[path.utf8.index(path.startIndex, offsetBy: prefix.utf8.count)...].texts(between: "/")
            .dropFirst()
        for line in table.lines {
            guard let names = line.names(in: parts), isThere(line.kind) else { continue }
            guard let resource = line.kind.resource(names) else { break }
            return Route(resource, methods(of: line.kind))
        }
        // Pebble takes whatever stands below the word of an object for the name of one.
        guard table.takesAnyName, let word = parts.first, parts.count > 1,
            let line = table.lines.first(where: { $0.isSubtree(of: word) }), isThere(line.kind)
        else { return nil }
        let name = parts.dropFirst().joined(separator: "/")
        return Route(.nothing(line.kind.endpoint, name: name), methods(of: line.kind))
    }

    private func isThere(_ kind: PathTable.Kind) -> Bool {
        (prefix.isEmpty || !kind.isShared) && (isFinalized || kind != .finalize)
    }

    private func methods(of kind: PathTable.Kind) -> [Route.Method] {
        switch kind {
        case .directory, .newNonce, .issuer: entering
        case .newAccount, .newOrder, .newAuthz, .revokeCert, .keyChange, .account, .finalize, .ocsp: [.post]
        case .orders, .ordersPage, .order, .certificate, .certificateChain, .issued, .issuedChain: reading
        case .authorization, .challenge, .joinedChallenge: changing
        case .renewalInfo, .renewalInfoOf, .rateLimits, .termsOfService, .crl, .ocspRequest: [.get, .head]
        case .agreement, .unpause, .outOfBand: [.get, .head, .post]
        }
    }

    /// The methods of what anybody may read unsigned in every dialect, and a client of ACME as it reads objects: the issuers
    /// as well, since certificates link to them.
    private var entering: [Route.Method] { [.get, .head] + reading.filter { $0 == .post } }

    /// The methods of what clients read and change.
    private var changing: [Route.Method] { reading.contains(.post) ? reading : reading + [.post] }
}

/// The paths of all resources in one table, which is read in both directions.
struct PathTable: Sendable {
    /// What a line of the table leads to.
    enum Kind: CaseIterable, Sendable {
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

    /// A path: words, and `{}` for each name.
    struct Line: Sendable {
        let kind: Kind
        /// `nil` for a name.
        private let segments: [String?]

        init(_ kind: Kind, _ path: String) {
            self.kind = kind
            segments = path.texts(between: "/").dropFirst().map { $0 == "{}" ? nil : String($0) }
        }

        /// The names in a path that was split at its slashes; `nil` if it is another path.
        func names(in parts: ArraySlice<Substring>) -> [Substring]? {
            guard parts.count == segments.count else { return nil }
            for (segment, part) in zip(segments, parts) {
                if let segment, !segment.isSame(as: part) { return nil }
            }
            return zip(segments, parts).filter { $0.0 == nil }.map(\.1)
        }

        func path(_ names: [String]) -> String {
            var rest = names[...]
            return segments.reduce(into: "") { path, segment in
                path += "/"
                path += segment ?? rest.popFirst() ?? ""
            }
        }

        /// Whether it is a word of this kind of object, and names below it.
        func isSubtree(of word: Substring) -> Bool {
            segments.contains(nil) && !kind.isShared && segments.first??.isSame(as: word) == true
        }
    }

    let lines: [Line]
    /// Whether a name that nothing can have names nothing, and does not lead nowhere.
    let takesAnyName: Bool

    private init(takesAnyName: Bool, _ lines: [(Kind, String)]) {
        self.lines = (lines + Self.pages).map(Line.init)
        self.takesAnyName = takesAnyName
    }

    static func of(_ paths: CairnPaths) -> PathTable {
        switch paths {
        case .cairn: cairn
        case .pebble: pebble
        }
    }

    func has(_ kind: Kind) -> Bool { lines.contains { $0.kind == kind } }

    /// By the first of the lines of a kind.
    func path(of kind: Kind, _ names: [String]) -> String { lines.first { $0.kind == kind }?.path(names) ?? "/" }

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
            .crl,
            .ocsp, .ocspRequest:
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

    /// The resource with the names that stand in its path; `nil` if they name none.
    func resource(_ names: [Substring]) -> Resource? {
        let name = names.first ?? ""
        return switch self {
        case .directory: .directory
        case .newNonce: .newNonce
        case .newAccount: .newAccount
        case .newOrder: .newOrder
        case .newAuthz: .newAuthz
        case .revokeCert: .revokeCert
        case .keyChange: .keyChange
        case .account: Account.ID(name).map { .account($0) }
        case .orders: Account.ID(name).map { .orders($0) }
        case .ordersPage: Account.ID(name).map { .ordersPage($0, number(names.last, from: 2)) }
        case .order: Order.ID(name).map { .order($0) }
        case .finalize: Order.ID(name).map { .finalize($0) }
        case .authorization: Authorization.ID(name).map { .authorization($0) }
        case .challenge: challenge(name, names.last)
        // An id has 22 characters.
        case .joinedChallenge: challenge(name.prefix(22), name.dropFirst(22))
        case .certificate: Order.ID(name).map { .certificate($0, chain: 0) }
        case .certificateChain: certificate(name, names.last)
        case .issued: CairnSerialNumber(hexadecimal: name).map { .issued($0, chain: 0) }
        case .issuedChain: issued(name, names.last)
        case .renewalInfo: .renewalInfo(nil)
        case .renewalInfoOf: .renewalInfo(String(name))
        case .termsOfService: .termsOfService(PercentEncoding.decode(name))
        case .agreement: Account.ID(name).map { .agreement($0) }
        case .rateLimits: .rateLimits
        case .unpause: Pause.ID(name).map { .unpause($0) }
        case .outOfBand: OutOfBandPage.ID(name).map { .outOfBand($0) }
        case .issuer: number(name, from: 0).map { .issuer($0) }
        case .crl: crl(name, names.last)
        case .ocsp: .ocsp(nil)
        case .ocspRequest: .ocsp(name.isEmpty ? nil : name)
        }
    }

    private func challenge(_ authorization: Substring, _ index: Substring?) -> Resource? {
        guard let id = Authorization.ID(authorization), let index = number(index, from: 0) else { return nil }
        return .challenge(id, index)
    }

    /// The default chain has the shorter URL alone.
    private func certificate(_ order: Substring, _ chain: Substring?) -> Resource? {
        guard let id = Order.ID(order), let chain = number(chain, from: 1) else { return nil }
        return .certificate(id, chain: chain)
    }

    private func issued(_ serialNumber: Substring, _ chain: Substring?) -> Resource? {
        guard let number = CairnSerialNumber(hexadecimal: serialNumber), let chain = self.number(chain, from: 0) else {
            return nil
        }
        return .issued(number, chain: chain)
    }

    private func crl(_ issuer: Substring, _ shard: Substring?) -> Resource? {
        guard let issuer = number(issuer, from: 0), let shard = number(shard, from: 0) else { return nil }
        return .crl(issuer: issuer, shard: shard)
    }

    /// A number as this server writes it.
    private func number(_ text: Substring?, from minimum: Int) -> Int? {
        text.flatMap { text in Int(text).flatMap { "\($0)" == text && $0 >= minimum ? $0 : nil } }
    }
}
