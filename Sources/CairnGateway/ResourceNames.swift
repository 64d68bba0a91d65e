import CairnCertificates
import CairnEngine
import CairnModel

extension Resource {
    /// The names that tell a resource from others of its kind, as its path has them: two at most.
    struct Names<Text: Sendable>: Sendable {
        let first: Text?
        let last: Text?

        init(_ first: Text? = nil, _ last: Text? = nil) { (self.first, self.last) = (first, last) }

        var count: Int { first == nil ? 0 : last == nil ? 1 : 2 }
    }

    /// Its kind and its names, the reverse of ``Kind/resource(_:)``.
    ///
    /// - Parameter joiningNames: whether a challenge has its authorization and its number in one name.
    func named(joiningNames: Bool) -> (Kind, Names<String>) {
        switch self {
        case .directory: (.directory, Names())
        case .newNonce: (.newNonce, Names())
        case .newAccount: (.newAccount, Names())
        case .newOrder: (.newOrder, Names())
        case .newAuthz: (.newAuthz, Names())
        case .revokeCert: (.revokeCert, Names())
        case .keyChange: (.keyChange, Names())
        case .account(let id): (.account, Names(id.description))
        case .orders(let id), .ordersPage(let id, nil): (.orders, Names(id.description))
        case .ordersPage(let id, let number?): (.ordersPage, Names(id.description, number.description))
        case .order(let id): (.order, Names(id.description))
        case .finalize(let id): (.finalize, Names(id.description))
        case .authorization(let id): (.authorization, Names(id.description))
        case .challenge(let id, let index) where joiningNames: (.challenge, Names(id.description + index.description))
        case .challenge(let id, let index): (.challenge, Names(id.description, index.description))
        // The default chain has the shorter URL.
        case .certificate(let id, let chain): (.certificate, Names(id.description, chain == 0 ? nil : "\(chain)"))
        case .issued(let number, let chain): (.issued, Names(Self.name(of: number), chain == 0 ? nil : "\(chain)"))
        case .renewalInfo(let id): (.renewalInfo, Names(id))
        case .issuer(let number): (.issuer, Names(number.description))
        case .crl(let issuer, let shard): (.crl, Names(issuer.description, shard.description))
        case .ocsp: (.ocsp, Names())
        case .ocspRequest(let request): (.ocspRequest, Names(String(request)))
        case .termsOfService(let version): (.termsOfService, Names(PercentEncoding.encode(version)))
        case .agreement(let id): (.agreement, Names(id.description))
        case .rateLimits: (.rateLimits, Names())
        case .unpause(let id): (.unpause, Names(id.description))
        case .outOfBand(let id): (.outOfBand, Names(id.description))
        case .nothing(let kind, let name): (kind, Names(name))
        }
    }

    /// A serial number with zeros in front, so that it is as long as those of Pebble, for which harnesses have a pattern.
    private static func name(of number: CairnSerialNumber) -> String {
        let digits = number.hexadecimal
        return String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits
    }
}

extension Resource.Kind {
    /// The resource with the names that stand in its path; `nil` if they name none.
    func resource(_ names: Resource.Names<Substring>) -> Resource? {
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
        case .ordersPage: Account.ID(name).map { .ordersPage($0, number(names.last ?? "", from: 2)) }
        case .order: Order.ID(name).map { .order($0) }
        case .finalize: Order.ID(name).map { .finalize($0) }
        case .authorization: Authorization.ID(name).map { .authorization($0) }
        // An id has 22 characters.
        case .challenge:
            if let index = names.last { challenge(name, index) } else { challenge(name.prefix(22), name.dropFirst(22)) }
        case .certificate: certificate(name, names.last)
        case .issued: issued(name, names.last)
        case .renewalInfo: .renewalInfo(names.first.map(String.init))
        case .issuer: number(name, from: 0).map { .issuer($0) }
        case .crl: crl(name, names.last ?? "")
        case .ocsp: .ocsp
        case .ocspRequest: .ocspRequest(name)
        case .termsOfService: .termsOfService(PercentEncoding.decode(name))
        case .agreement: Account.ID(name).map { .agreement($0) }
        case .rateLimits: .rateLimits
        case .unpause: Pause.ID(name).map { .unpause($0) }
        case .outOfBand: OutOfBandPage.ID(name).map { .outOfBand($0) }
        }
    }

    private func challenge(_ authorization: Substring, _ index: Substring) -> Resource? {
        guard let id = Authorization.ID(authorization), let index = number(index, from: 0) else { return nil }
        return .challenge(id, index)
    }

    private func certificate(_ order: Substring, _ chain: Substring?) -> Resource? {
        guard let id = Order.ID(order), let chain = chain.map({ number($0, from: 1) }) ?? 0 else { return nil }
        return .certificate(id, chain: chain)
    }

    private func issued(_ serialNumber: Substring, _ chain: Substring?) -> Resource? {
        guard let serial = CairnSerialNumber(hexadecimal: serialNumber),
            let chain = chain.map({ number($0, from: 0) }) ?? 0
        else { return nil }
        return .issued(serial, chain: chain)
    }

    private func crl(_ issuer: Substring, _ shard: Substring) -> Resource? {
        guard let issuer = number(issuer, from: 0), let shard = number(shard, from: 0) else { return nil }
        return .crl(issuer: issuer, shard: shard)
    }

    /// A number as this server writes it.
    private func number(_ text: Substring, from minimum: Int) -> Int? {
        Int(text).flatMap { $0.description == text && $0 >= minimum ? $0 : nil }
    }
}
