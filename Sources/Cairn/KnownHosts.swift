package import CairnModel
import CairnTransport
package import HTTPTypes

/// The names under which the servers of a CA answer, so that no web page can make a browser speak to them.
///
/// A page may send requests to a server on the developer's own machine. It cannot help to say where it is from (`Origin`), and
/// if it has its own name point to this machine (DNS rebinding) it cannot help to say so (`Host`). So a server answers to
/// addresses, to names that nobody in the public DNS can have, and to names that it was told.
package struct KnownHosts: Sendable {
    /// In lower case; `*` in place of the first label stands for any.
    private let names: Set<WireText>
    private let origins: Set<WireText>
    private let answersToAll: Bool

    /// - Parameters:
    ///   - names: names beside those that are always known; `*` stands for all, `*.example.com` for every name one label
    ///     below.
    ///   - origins: origins of web pages that may use the servers (`https://tools.example.com`); `*` stands for all.
    package init(names: [String] = [], origins: [String] = []) {
        self.names = Set(names.map { WireText($0.lowercasedASCII) })
        self.origins = Set(origins.map { WireText($0.lowercasedASCII) })
        answersToAll = self.names.contains(WireText("*"))
    }

    /// Names that only the machine or its network resolve: without a dot, or below a name that is set apart (RFC 6761,
    /// RFC 6762, RFC 8375, and what ICANN reserved for private use).
    private static let apart = ["localhost", "test", "example", "invalid", "local", "internal", "home.arpa"]
    private static let belowApart = apart.map { ".\($0)" }

    /// The head of a request without its authority, unless it is one under which requests are answered.
    package func known(_ head: HTTPRequest?) -> HTTPRequest? {
        guard var head, let authority = head.authority else { return head }
        if (try? URLAuthority(authority)) == nil || !isKnown(Self.host(of: authority)) { head.authority = nil }
        return head
    }

    /// Why a request is not answered, or `nil`.
    package func objection(toHostOf request: CairnRequest) -> ACMEProblem? {
        // Every request passes here. A host without a dot is known, and so is everybody if all are.
        guard let authority = request.head.authority, !answersToAll, authority.utf8.contains(UInt8(ascii: ".")),
            !isKnown(Self.host(of: authority)), (try? URLAuthority(authority)) != nil
        else { return nil }
        return ACMEProblem(
            .malformed,
            "expected a Host that this server goes by: an address, a name without dots or below "
                + "\(Self.apart.joined(separator: ", ")), or one listed in the listener's hosts, got \(authority.quoted) "
                + "(RFC 9110 §7.4)", status: 421)
    }

    /// Why a request that may change something is not carried out, or `nil`: a web page of another origin sent it.
    package func objection(toOriginOf request: CairnRequest) -> ACMEProblem? {
        guard request.head.method != .get, request.head.method != .head, request.head.method != .options,
            let origin = request.head.headerFields[.origin]?.lowercasedASCII, !origins.contains(WireText("*")),
            !origins.contains(WireText(origin))
        else { return nil }
        let own = "\(request.head.scheme ?? "https")://\(request.head.authority ?? "")".lowercasedASCII
        guard !origin.isSame(as: own) else { return nil }
        return ACMEProblem(
            .unauthorized,
            "expected a request that no web page of another origin sent, got one from \(origin.quoted); origins that may are "
                + "listed in the listener's origins (RFC 6454 §7)", status: 403)
    }

    /// The host without its port, in lower case and without a final dot.
    private static func host(of authority: String) -> String {
        var host = authority.lowercasedASCII.utf8[...]
        if host.first != UInt8(ascii: "["), let colon = host.lastIndex(of: UInt8(ascii: ":")) { host = host[..<colon] }
        if host.last == UInt8(ascii: ".") { host = host.dropLast() }
        return String(Substring(host))
    }

    private func isKnown(_ host: String) -> Bool {
        // An address cannot be made to point elsewhere.
        if answersToAll || host.isEmpty || host.begins(with: "[") || CairnIPAddress(host) != nil { return true }
        guard let dot = host.utf8.firstIndex(of: UInt8(ascii: ".")) else { return true }
        return Self.belowApart.contains { host.ends(with: $0) } || Self.apart.contains { host.isSame(as: $0) }
            || names.contains(WireText(host)) || names.contains(WireText("*" + host[dot...]))
    }
}

extension KnownHosts {
    /// The names of a configuration, of its origin, and of the certificate that the servers show.
    init(_ configuration: TestCA.Configuration, _ identity: TLSIdentity?) {
        self.init(
            names: configuration.listener.hosts + (identity?.names ?? [])
                + (configuration.originHost.map { [$0] } ?? []),
            origins: configuration.listener.origins)
    }
}

extension Gateway {
    /// The gateway as a server shows it to browsers too.
    ///
    /// URLs in its answers may begin with the `Host` of the request, so only known ones are taken. A request that is signed
    /// may come from any web page (RFC 8555 §6.1); forms are for people who see the page of this server.
    func guarded(by hosts: KnownHosts) -> @Sendable (CairnRequest) -> CairnDelivery {
        let hasOrigin = configuration.origin != nil
        return { request in
            let host = hasOrigin ? nil : hosts.objection(toHostOf: request)
            // Few requests have an Origin, so that is what is looked at first.
            let isFromAPage = request.head.headerFields[.origin] != nil && !request.isSigned
            let origin = isFromAPage ? hosts.objection(toOriginOf: request) : nil
            guard let objection = host ?? origin else { return self.respond(to: request) }
            return self.refuse(
                .init(code: objection.status), objection.detail, head: hosts.known(request.head))
        }
    }
}

extension CairnRequest {
    /// Whether it says that it is a JWS (RFC 8555 §6.2), which no form of a web page can.
    fileprivate var isSigned: Bool {
        head.headerFields[.contentType]?.lowercasedASCII.begins(with: "application/jose+json") == true
    }
}
