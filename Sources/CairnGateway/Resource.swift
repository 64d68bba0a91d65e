package import CairnCertificates
package import CairnEngine
package import CairnModel

/// A thing that has a URL.
package enum Resource: Sendable {
    case directory
    case newNonce
    case newAccount
    case newOrder
    case newAuthz
    case revokeCert
    case keyChange
    /// The terms of that version.
    case termsOfService(String)
    /// The page where the holder of an account agrees to the terms.
    case agreement(Account.ID)
    /// Renewal information of the certificate with that certID; `nil` is what the directory names (RFC 9773 §4.1).
    case renewalInfo(String?)
    case rateLimits
    case unpause(Pause.ID)
    /// The page of an `oob-01` challenge.
    case outOfBand(OutOfBandPage.ID)
    /// The certificate of the issuer with that number.
    case issuer(Int)
    /// The CRL of the issuer with that number, and which of its CRLs.
    case crl(issuer: Int, shard: Int)
    /// The OCSP responder.
    case ocsp
    /// The same, with the request in the path of a GET (RFC 6960 appendix A.1).
    case ocspRequest(Substring)
    case account(Account.ID)
    case orders(Account.ID)
    /// A page of the orders of an account by its number, from 1 on; `nil` for what is no number of one.
    case ordersPage(Account.ID, Int?)
    case order(Order.ID)
    case finalize(Order.ID)
    case authorization(Authorization.ID)
    case challenge(Authorization.ID, Int)
    /// The certificate of an order with the chain of that number; 0 is the default.
    case certificate(Order.ID, chain: Int)
    /// The same by the serial number of the certificate.
    case issued(CairnSerialNumber, chain: Int)
    /// Such a thing, by a name that nothing can have.
    case nothing(Kind, name: String)

    /// What resources are, but for their names.
    package enum Kind: Int, CaseIterable, Sendable {
        case directory, newNonce, newAccount, newOrder, newAuthz, revokeCert, keyChange
        case account, orders, ordersPage, order, finalize, authorization, challenge, certificate, issued
        case renewalInfo, issuer, crl, ocsp, ocspRequest
        case termsOfService, agreement, rateLimits, unpause, outOfBand
    }
}

extension Resource {
    /// What is the same for all resources of a kind: a row of the table of resources.
    package struct Row: Sendable {
        /// What the journal and rules call it.
        package let endpoint: ACMEEndpoint
        let audience: Audience
        let methods: Methods
        /// Who signs a POST (RFC 8555 §6.2).
        private(set) var signer: Signer
        private(set) var payload: Payload
        /// Whether its URL may have a query.
        let hasQuery: Bool

        init(
            _ endpoint: ACMEEndpoint, for audience: Audience = .clients, _ methods: Methods, by signer: Signer,
            _ payload: Payload, hasQuery: Bool = false
        ) {
            (self.endpoint, self.audience, self.methods) = (endpoint, audience, methods)
            (self.signer, self.payload, self.hasQuery) = (signer, payload, hasQuery)
        }

        /// Whether it is for people, who sign nothing.
        var isPage: Bool { audience == .people }

        /// Whether it is the same in every dialect, below no prefix.
        var isShared: Bool { audience != .clients }

        /// The row of ``Resource/nothing(_:name:)``: there is nothing to own, and nothing to say to it.
        var ofNothing: Row {
            var row = self
            (row.signer, row.payload) = (.account, .other)
            return row
        }
    }

    enum Audience {
        /// Those that speak the dialect.
        case clients
        /// Whoever has a certificate, or checks one.
        case relyingParties
        case people
    }

    /// The methods that a dialect has for it.
    enum Methods {
        case get, post, getAndPost
        /// What anybody may read unsigned in every dialect, and a client of ACME as it reads objects.
        case open
        /// As the dialect reads objects.
        case read
        /// The same, and by a POST it is changed.
        case readAndChange
    }

    enum Signer {
        case nobody
        case account
        /// The account that it is, or belongs to, and no other.
        case owner
        /// The key that the request carries.
        case key
        case accountOrKey
    }

    /// What a POST says.
    enum Payload {
        /// Nothing: a POST-as-GET (RFC 8555 §6.3).
        case nothing
        /// An object, described in that section of RFC 8555.
        case object(String)
        /// One that changes something, or none to read it.
        case objectOrNothing(String)
        /// What the operation reads itself.
        case other
    }
}

extension Resource.Kind {
    private static let rows = allCases.map(\.written)

    package var row: Resource.Row { Self.rows[rawValue] }

    /// The table of resources, but for their paths (``PathTable``).
    private var written: Resource.Row {
        switch self {
        case .directory: .init(.directory, .open, by: .account, .nothing)
        case .newNonce: .init(.newNonce, .open, by: .account, .nothing)
        case .newAccount: .init(.newAccount, .post, by: .key, .object("§7.3"))
        case .newOrder: .init(.newOrder, .post, by: .account, .object("§7.4"))
        case .newAuthz: .init(.newAuthz, .post, by: .account, .object("§7.4.1"))
        case .revokeCert: .init(.revokeCert, .post, by: .accountOrKey, .object("§7.6"))
        case .keyChange: .init(.keyChange, .post, by: .account, .other)
        case .account: .init(.account, .post, by: .owner, .objectOrNothing("§7.3.2"))
        // The cursor of a page is a query (RFC 8555 §7.1.2.1).
        case .orders: .init(.orders, .read, by: .owner, .nothing, hasQuery: true)
        case .ordersPage: .init(.orders, .read, by: .owner, .nothing)
        case .order: .init(.order, .read, by: .account, .nothing)
        case .finalize: .init(.finalize, .post, by: .account, .object("§7.4"))
        case .authorization: .init(.authorization, .readAndChange, by: .account, .objectOrNothing("§7.5.2"))
        case .challenge: .init(.challenge, .readAndChange, by: .account, .objectOrNothing("§7.5.1"))
        case .certificate: .init(.certificate, .read, by: .account, .nothing)
        case .issued: .init(.certificate, .read, by: .account, .nothing)
        case .renewalInfo: .init(.renewalInfo, for: .relyingParties, .get, by: .nobody, .nothing)
        // Certificates link to their issuers, so clients read these as well.
        case .issuer: .init(.issuer, for: .relyingParties, .open, by: .account, .nothing)
        case .crl: .init(.crl, for: .relyingParties, .get, by: .nobody, .other)
        case .ocsp: .init(.ocsp, for: .relyingParties, .post, by: .nobody, .other)
        case .ocspRequest: .init(.ocsp, for: .relyingParties, .get, by: .nobody, .other)
        case .termsOfService: .init(.termsOfService, for: .people, .get, by: .nobody, .other)
        case .agreement: .init(.agreement, for: .people, .getAndPost, by: .nobody, .other)
        case .rateLimits: .init(.rateLimits, for: .people, .get, by: .nobody, .other)
        case .unpause: .init(.unpause, for: .people, .getAndPost, by: .nobody, .other)
        case .outOfBand: .init(.outOfBand, for: .people, .getAndPost, by: .nobody, .other)
        }
    }
}

extension Resource.Methods {
    /// - Parameter reading: the methods by which a dialect reads objects.
    func listed(reading: [Route.Method]) -> [Route.Method] {
        switch self {
        case .get: [.get, .head]
        case .post: [.post]
        case .getAndPost: [.get, .head, .post]
        case .open: [.get, .head] + reading.filter { $0 == .post }
        case .read: reading
        case .readAndChange: reading.contains(.post) ? reading : reading + [.post]
        }
    }
}

/// Where a path leads, and what may be done there.
///
/// It never changes: it goes through the stages as one word.
package final class Route: Sendable {
    package let resource: Resource
    package let row: Resource.Row
    /// The methods that are answered there, as `Allow` lists them.
    package let methods: [Method]

    init(_ resource: Resource, _ row: Resource.Row, methods: [Method]) {
        (self.resource, self.row, self.methods) = (resource, row, methods)
    }

    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
    }

    /// The methods as the `Allow` field lists them.
    var allow: String { methods.map(\.rawValue).joined(separator: ", ") }
}
