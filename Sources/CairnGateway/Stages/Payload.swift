import CairnCertificates
package import CairnEngine
package import CairnModel
import HTTPTypes

extension Gateway {
    /// Reads the payload as far as its resource has one form of it, and makes of it what is to be done.
    func decode(_ exchange: inout Exchange) throws(Refusal) -> Operation {
        guard let route = exchange.route, exchange.request.head.method != .options else { return .preflight }
        if exchange.request.head.method == .post {
            switch route.row.payload {
            case .nothing: try exchange.requirePostAsGet()
            case .object(let section): exchange.members = try exchange.object(exchange.payload, section)
            case .objectOrNothing(let section):
                exchange.members = try exchange.objectUnlessEmpty(exchange.payload, section)
            case .other: break
            }
        }
        return try operation(at: route.resource, &exchange)
    }
}

extension Exchange {
    /// Reads the payload of a request that changes something.
    func object(_ bytes: [UInt8], _ section: String) throws(Refusal) -> Payload {
        guard let payload = try objectUnlessEmpty(bytes, section) else {
            throw Refusal(
                .malformed,
                "expected a JSON object as payload, got an empty one as of a POST-as-GET (RFC 8555 \(section))",
                cause: .payload)
        }
        return payload
    }

    /// Reads a payload; `nil` for a POST-as-GET (RFC 8555 §6.3).
    fileprivate func objectUnlessEmpty(_ bytes: [UInt8], _ section: String) throws(Refusal) -> Payload? {
        guard !bytes.isEmpty else {
            guard dialect.readsByPostAsGet else {
                throw Refusal(
                    .malformed, "expected a JSON object as payload, got an empty one: \(dialect.name) reads by GET")
            }
            return nil
        }
        let value: CairnJSON
        do { value = try CairnJSON(parsing: bytes) } catch {
            throw Refusal(.malformed, "the payload is not JSON: \(error) (RFC 8555 \(section))", cause: .payload)
        }
        guard let object = value.object else {
            throw Refusal(
                .malformed, "expected a JSON object as payload, got \(value.kind) (RFC 8555 \(section))",
                cause: .payload)
        }
        let policy = sharedPolicy
        if policy.refusesEarlierForms, let resource = object["resource"] {
            throw Refusal(
                .malformed,
                "expected no member \"resource\", as of the time before RFC 8555, got \((resource.string ?? resource.kind).quoted)",
                cause: .resourceMember, facts: [resource.string ?? ""])
        }
        return Payload(
            object: object, section: section, dialect: dialect, leniencies: policy.leniencies, signer: signer,
            notes: notes)
    }

    /// Refuses a payload where only a POST-as-GET makes sense (RFC 8555 §6.3).
    fileprivate func requirePostAsGet() throws(Refusal) {
        guard payload.isEmpty else {
            throw Refusal(
                .malformed,
                "expected an empty payload, that is a POST-as-GET, got \(payload.count) bytes (RFC 8555 §6.3)",
                cause: .payloadOfRead)
        }
    }

    /// The payload of a resource that has one.
    func requireMembers() throws(Refusal) -> Payload {
        guard let members else { throw Refusal(.malformed, "expected a JSON object as payload, got none") }
        return members
    }

    /// The account that signed, where a resource has that.
    func requireSigner() throws(Refusal) -> Account {
        guard let account else {
            throw Refusal(.malformed, "expected a request that an account signed, got another (RFC 8555 §6.2)")
        }
        return account.value
    }
}

/// The payload of a request, read member by member.
///
/// Members that nobody asks for are ignored (RFC 8555 §7.1). A member of the wrong kind is refused by name, with the
/// section that describes it.
///
/// Members are asked for by the names that RFC 8555 gives them; the dialect has its own.
package struct Payload: JSONMembers, Sendable {
    let object: CairnJSONObject
    let section: String
    let dialect: any Dialect
    let leniencies: CairnLeniencies
    let signer: Account.ID?
    let notes: Notes

    /// An object in this one, read alike.
    func within(_ object: CairnJSONObject) -> Payload {
        Payload(
            object: object, section: section, dialect: dialect, leniencies: leniencies, signer: signer, notes: notes)
    }

    /// What stands under a name of RFC 8555, by whatever name that goes in the dialect.
    package subscript(name: String) -> CairnJSON? { dialect.name(of: name).flatMap { object[$0] } }

    package func misfit(_ name: String, expected: String, got actual: String?, by section: String?) -> Refusal {
        let name = dialect.name(of: name) ?? name
        let source = section ?? source(of: name)
        guard let actual else {
            return Refusal(
                .malformed, "expected a member \"\(name)\", got none (\(source))", cause: .member, facts: [name])
        }
        return Refusal(
            .malformed, "expected \"\(name)\" to be \(expected), got \(actual) (\(source))", cause: .member,
            facts: [name, actual])
    }

    /// Whether a leniency takes a member for one that is not there: the one place that says so.
    package func isLeftOut(
        _ name: String, _ member: CairnJSON, expected: String, isRead: Bool
    ) throws(Refusal) -> Bool {
        let leniency: CairnLeniency
        let actual: String
        switch member {
        case .null: (leniency, actual) = (.nullMember, "null")
        case .string(let text) where text.isEmpty: (leniency, actual) = (.emptyMember, "an empty string")
        case .array(let elements) where elements.isEmpty && !isRead:
            (leniency, actual) = (.emptyMember, "an empty array")
        default: return false
        }
        let name = dialect.name(of: name) ?? name
        try notes.accept(
            leniency, of: leniencies, "expected \"\(name)\" to be \(expected), got \(actual)", source(of: name),
            by: signer)
        return true
    }

    /// Where a member is described.
    private func source(of name: String) -> String {
        switch name {
        case "profile": "draft-ietf-acme-profiles §4"
        case "replaces": "RFC 9773 §5"
        default: "RFC 8555 \(section)"
        }
    }

    func bool(_ name: String) throws(Refusal) -> Bool { try optional(name, .bool) ?? false }

    func string(_ name: String) throws(Refusal) -> String? { try optional(name, .string) }

    func strings(_ name: String) throws(Refusal) -> [String]? { try optional(name, .strings) }

    func instant(_ name: String) throws(Refusal) -> CairnInstant? {
        guard let text = try string(name) else { return nil }
        guard let instant = CairnInstant(rfc3339: text) else {
            throw Refusal(
                .malformed,
                "expected \"\(name)\" as a date like \"2026-11-22T08:00:00Z\", got \(text.quoted) (RFC 8555 \(section), RFC 3339)"
            )
        }
        return instant
    }

    /// What this object names, if it is an identifier.
    func identifier() throws(Refusal) -> ACMEIdentifier {
        ACMEIdentifier(
            type: ACMEIdentifierType(rawValue: try required("type", .string)),
            value: try required("value", .string))
    }

    /// A JSON Web Key.
    func key(_ name: String) throws(Refusal) -> PublicKey {
        let jwk = try required(name, JSONKind("a JWK") { $0.object == nil ? nil : $0 })
        do { return try PublicKey(jwk: jwk) } catch {
            throw Refusal(
                .malformed, "\"\(name)\": \(error.detail) (RFC 8555 \(section))", cause: .member,
                facts: [name, "no JWK"])
        }
    }

    /// The name of a certificate (RFC 9773 §4.1).
    func certID(_ name: String) throws(Refusal) -> CertID? {
        guard let text = try string(name) else { return nil }
        do { return try CertID(parsing: text) } catch { throw Refusal(error) }
    }

    /// Octets in base64url without padding.
    func octets(_ name: String) throws(Refusal) -> [UInt8] {
        let text = try required(name, .string)
        do {
            return try Base64URL.decode(text)
        } catch {
            throw Refusal(.malformed, "\"\(name)\": \(error) (RFC 8555 §6.1)", cause: .base64)
        }
    }
}
