import Cairn
import HTTPTypes

/// What accounts are authorized for from outside ACME.
extension Management {
    typealias Command = @Sendable (TestCA, Arguments) throws(ACMEProblem) -> CairnDelivery

    /// The commands for grants.
    ///
    /// - `add-grant` takes `account` (a URL or its last part) or `externalAccount` (the identifier of a key), one of `name`,
    ///   `wildcard`, `domain` and `address`, and perhaps `expires` (a date of RFC 3339) or `days`; without both it holds for a
    ///   year. It answers with the grant.
    /// - `del-grant` takes the `id` of a grant.
    /// - `list-grants` answers with those that hold.
    static let grantCommands: [(name: String, run: Command)] = [
        (
            "add-grant",
            { ca, arguments throws(ACMEProblem) in
                let scope = try arguments.scope()
                let end = try arguments.end(from: ca.clock.now)
                return CairnDelivery(object(try arguments.grant(scope, until: end, by: ca)))
            }
        ),
        (
            "del-grant",
            { ca, arguments throws(ACMEProblem) in
                let number = try arguments.required("id", .integer)
                do throws(TestCA.ObjectError) { try ca.grants.withdraw(number: number) } catch {
                    throw ACMEProblem(error)
                }
                return CairnDelivery(HTTPResponse(status: .ok))
            }
        ),
        ("list-grants", { ca, _ throws(ACMEProblem) in CairnDelivery(.array(ca.grants.map(object))) }),
    ]

    private static func object(_ grant: CairnGrant) -> CairnJSON {
        var object: CairnJSONObject = ["id": .integer(grant.number), "expires": .string(grant.expires.rfc3339)]
        object["account"] = grant.account.map { .string($0.rawValue) }
        object["externalAccount"] = grant.externalAccountKey.map(CairnJSON.string)
        switch grant.scope {
        case .name(let name): object["name"] = .string(name)
        case .wildcard(let name): object["wildcard"] = .string(name)
        case .domain(let name): object["domain"] = .string(name)
        case .address(let address): object["address"] = .string(address.description)
        }
        return .object(object)
    }
}

extension Arguments {
    /// The one scope that is named.
    fileprivate func scope() throws(ACMEProblem) -> CairnGrant.Scope {
        var scopes: [CairnGrant.Scope] = []
        if let name = try optional("name", .string) { scopes.append(.name(name)) }
        if let name = try optional("wildcard", .string) { scopes.append(.wildcard(name)) }
        if let name = try optional("domain", .string) { scopes.append(.domain(name)) }
        if let text = try optional("address", .string) {
            guard let address = CairnIPAddress(text) else {
                throw ACMEProblem(.malformed, "expected an IPv4 or IPv6 address in \"address\", got \(text.quoted)")
            }
            scopes.append(.address(address))
        }
        guard let scope = scopes.first, scopes.count == 1 else {
            throw ACMEProblem(
                .malformed,
                "expected one of \"name\", \"wildcard\", \"domain\" and \"address\", got "
                    + (scopes.isEmpty ? "none" : "\(scopes.count)"))
        }
        return scope
    }

    /// When the grant ends.
    fileprivate func end(from now: CairnInstant) throws(ACMEProblem) -> CairnInstant {
        if let text = try optional("expires", .string) {
            guard let end = CairnInstant(rfc3339: text) else {
                throw ACMEProblem(
                    .malformed, "expected \"expires\" as a date like \"2026-11-22T08:00:00Z\", got \(text.quoted)")
            }
            return end
        }
        return now + .days(min(max(0, try optional("days", .integer) ?? 365), 36_500))
    }

    /// Makes the grant for whom it is for.
    ///
    /// Which of the two is a matter of what is there, so it is looked at before anything is thrown.
    fileprivate func grant(
        _ scope: CairnGrant.Scope, until end: CairnInstant, by ca: TestCA
    ) throws(ACMEProblem) -> CairnGrant {
        do throws(TestCA.ObjectError) {
            switch (self["account"]?.string, self["externalAccount"]?.string) {
            case (let account?, nil):
                return try ca.grants.grant(scope, to: CairnObjectID(rawValue: account), until: end)
            case (nil, let key?): return try ca.grants.grant(scope, toExternalAccount: key, until: end)
            default:
                throw TestCA.ObjectError(.invalid, "expected a string, either \"account\" or \"externalAccount\"")
            }
        } catch { throw ACMEProblem(error) }
    }
}

extension TestCA.ObjectError {
    /// The status by which management tells the cause.
    var status: Int {
        switch reason {
        case .unknown: 404
        case .status, .exists, .limit: 409
        case .signing: 500
        default: 400
        }
    }
}

extension ACMEProblem {
    init(_ error: TestCA.ObjectError) { self.init(.malformed, error.description, status: error.status) }
}
