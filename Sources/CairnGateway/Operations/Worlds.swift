import CairnCertificates
import CairnEngine
import CairnModel

extension Gateway {
    /// Refuses what belongs to another world than that of the request, as though it were not there.
    ///
    /// Where no account belongs to a world, this costs a look at a flag.
    func keepApart(_ operation: Operation, _ exchange: Exchange) throws(Refusal) {
        guard exchange.world != nil || exchange.opening?.hasWorlds == true,
            let thing = operation.thing ?? exchange.route?.resource.thing,
            engine.isForeign(thing, to: exchange.world?.name)
        else { return }
        throw Refusal(.malformed, "there is no such \(thing.word) here", cause: .unknownObject)
    }
}

extension Resource {
    /// What it shows or changes, where that belongs to an account.
    var thing: OwnedThing? {
        switch self {
        case .account(let id), .orders(let id), .ordersPage(let id, _), .agreement(let id): .object(.account(id))
        case .order(let id), .finalize(let id), .certificate(let id, _): .object(.order(id))
        case .issued(let number, _): .object(.certificate(number))
        case .authorization(let id): .object(.authorization(id))
        case .challenge(let id, let index): .object(.challenge(id, index))
        case .renewalInfo(let text):
            text.flatMap { try? CertID(parsing: $0) }.map { .object(.certificate($0.serialNumber)) }
        case .unpause(let id): .pause(id)
        case .outOfBand(let id): .page(id)
        case .directory, .newNonce, .newAccount, .newOrder, .newAuthz, .revokeCert, .keyChange, .termsOfService,
            .rateLimits, .issuer, .crl, .ocsp, .ocspRequest, .nothing:
            nil
        }
    }
}

extension Operation {
    /// What it names itself.
    fileprivate var thing: OwnedThing? {
        switch self {
        case .revoke(let der, _, _): CairnSerialNumber(ofCertificate: der).map { .object(.certificate($0)) }
        case .newOrder(let order, _): order.replaces.map { .object(.certificate($0.serialNumber)) }
        default: nil
        }
    }
}

extension OwnedThing {
    fileprivate var word: String {
        switch self {
        case .object(.account): "account"
        case .object(.order): "order"
        case .object(.authorization): "authorization"
        case .object(.challenge): "challenge"
        case .object(.certificate): "certificate"
        case .pause, .page: "page"
        }
    }
}
