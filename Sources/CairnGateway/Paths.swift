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
///
/// They never change: every request has them in one word.
package final class Paths: Sendable {
    private let table: PathTable
    private let prefix: String
    private let isFinalized: Bool
    /// Whether a challenge has one name, its authorization and its number together.
    private let joinsNames: Bool
    /// What the paths of accounts begin with.
    private let beginningOfAccounts: String
    /// By the kind of resource.
    private let methods: [[Route.Method]]

    /// - Parameters:
    ///   - prefix: what the paths of a dialect's own resources begin with, such as `/draft`.
    ///   - reading: how objects are read, by GET or by POST-as-GET.
    ///   - isFinalized: whether orders are finalized.
    package init(_ paths: CairnPaths = .cairn, prefix: String = "", reading: [Route.Method], isFinalized: Bool) {
        table = PathTable.of(paths)
        (self.prefix, self.isFinalized) = (prefix, isFinalized)
        joinsNames = table.names(of: .challenge) == 1
        beginningOfAccounts = prefix + table.beginning(of: .account)
        methods = Resource.Kind.allCases.map { $0.row.methods.listed(reading: reading) }
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
        let (kind, names) = resource.named(joiningNames: joinsNames)
        return table.path(of: kind, names, after: origin, kind.row.isShared ? "" : prefix)
    }

    /// What a path leads to; `nil` for a path that leads nowhere.
    ///
    /// The path has no query.
    package func route(_ path: Substring) -> Route? {
        guard own(path) else { return nil }
        // Base64 has slashes, which few clients escape.
        if prefix.isEmpty, path.begins(with: "/ocsp/") {
            let request = path.text(after: "/ocsp/")
            return request.isEmpty ? route(to: .ocsp, .ocsp) : route(to: .ocspRequest(request), .ocspRequest)
        }
        let parts = path.text(after: prefix).texts(between: "/").dropFirst()
        guard let word = parts.first else { return nil }
        let lines = table.lines(of: word)
        for line in lines {
            guard let names = line.names(in: parts), isThere(line.kind) else { continue }
            guard let resource = line.kind.resource(names) else { break }
            return route(to: resource, line.kind)
        }
        // Pebble takes whatever stands below the word of an object for the name of one.
        guard table.takesAnyName, parts.count > 1, let line = lines.first(where: { $0.isSubtree }), isThere(line.kind)
        else { return nil }
        let name = parts.dropFirst().joined(separator: "/")
        return Route(
            .nothing(line.kind, name: name), line.kind.row.ofNothing, methods: methods[line.kind.rawValue])
    }

    private func route(to resource: Resource, _ kind: Resource.Kind) -> Route {
        Route(resource, kind.row, methods: methods[kind.rawValue])
    }

    /// The account that a path leads to: as ``route(_:)`` finds it, without a look at what else it could be, since every
    /// request names one.
    func account(at path: Substring) -> Account.ID? {
        path.begins(with: beginningOfAccounts) ? Account.ID(path.text(after: beginningOfAccounts)) : nil
    }

    private func isThere(_ kind: Resource.Kind) -> Bool {
        (prefix.isEmpty || !kind.row.isShared) && (isFinalized || kind != .finalize)
    }
}
