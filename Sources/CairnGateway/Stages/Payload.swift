import CairnCertificates
import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Reads the payload as far as its resource has one form of it, and makes of it what is to be done.
    func decode(_ exchange: inout Exchange) throws(Refusal) -> Operation {
        guard let route = exchange.route, exchange.request.head.method != .options else { return .preflight }
        if exchange.request.head.method == .post {
            switch route.resource.terms.payload {
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
                "expected a JSON object as payload, got an empty one as of a POST-as-GET (RFC 8555 \(section))")
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
            throw Refusal(.malformed, "the payload is not JSON: \(error) (RFC 8555 \(section))")
        }
        guard let object = value.object else {
            throw Refusal(.malformed, "expected a JSON object as payload, got \(value.kind) (RFC 8555 \(section))")
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
                "expected an empty payload, that is a POST-as-GET, got \(payload.count) bytes (RFC 8555 §6.3)")
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
        return account
    }
}

/// The payload of a request, read member by member.
///
/// Members that nobody asks for are ignored (RFC 8555 §7.1). A member of the wrong kind is refused by name, with the
/// section that describes it.
///
/// Members are asked for by the names that RFC 8555 gives them; the dialect has its own.
package struct Payload: Sendable {
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

    /// A member that may be left out.
    ///
    /// This is the one place that says what counts as left out: nothing, and what a leniency takes for nothing.
    ///
    /// - Parameters:
    ///   - kind: what it must be, for the refusal.
    ///   - read: reads it; `nil` if it is of another kind.
    func optional<Value>(
        _ name: String, _ kind: String, _ read: (CairnJSON) -> Value?
    ) throws(Refusal) -> Value? {
        guard let name = dialect.name(of: name), let member = object[name] else { return nil }
        let value = read(member)
        if let (leniency, actual) = emptiness(of: member, isRead: value != nil) {
            try notes.accept(
                leniency, of: leniencies, "expected \"\(name)\" to be \(kind), got \(actual)", source(of: name),
                by: signer)
            return nil
        }
        guard let value else { throw wrongKind(name, kind, member) }
        return value
    }

    func required<Value>(_ name: String, _ kind: String, _ read: (CairnJSON) -> Value?) throws(Refusal) -> Value {
        let name = dialect.name(of: name) ?? name
        guard let member = object[name] else {
            throw Refusal(.malformed, "expected a member \"\(name)\", got none (\(source(of: name)))")
        }
        guard let value = read(member) else { throw wrongKind(name, kind, member) }
        return value
    }

    private func wrongKind(_ name: String, _ kind: String, _ member: CairnJSON) -> Refusal {
        Refusal(.malformed, "expected \"\(name)\" to be \(kind), got \(member.kind) (\(source(of: name)))")
    }

    /// The leniency that takes a member for one that is not there, and what it is; `nil` if it is there.
    ///
    /// - Parameter isRead: whether the member is of the kind that it must be.
    private func emptiness(of member: CairnJSON, isRead: Bool) -> (CairnLeniency, String)? {
        switch member {
        case .null: (.nullMember, "null")
        case .string(let text) where text.isEmpty: (.emptyMember, "an empty string")
        case .array(let elements) where elements.isEmpty && !isRead: (.emptyMember, "an empty array")
        default: nil
        }
    }

    /// Where a member is described.
    private func source(of name: String) -> String {
        switch name {
        case "profile": "draft-ietf-acme-profiles §4"
        case "replaces": "RFC 9773 §5"
        default: "RFC 8555 \(section)"
        }
    }

    func bool(_ name: String) throws(Refusal) -> Bool {
        try optional(name, "a boolean", \.bool) ?? false
    }

    func string(_ name: String) throws(Refusal) -> String? {
        try optional(name, "a string", \.string)
    }

    func strings(_ name: String) throws(Refusal) -> [String]? {
        guard let elements = try optional(name, "an array of strings", \.array) else { return nil }
        var strings: [String] = []
        for (index, element) in elements.enumerated() {
            guard let string = element.string else {
                let name = dialect.name(of: name) ?? name
                throw Refusal(
                    .malformed,
                    "expected \"\(name)\" to be an array of strings, got \(element.kind) at index \(index) "
                        + "(\(source(of: name)))")
            }
            strings.append(string)
        }
        return strings
    }

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
            type: ACMEIdentifierType(rawValue: try required("type", "a string", \.string)),
            value: try required("value", "a string", \.string))
    }

    /// A JSON Web Key.
    func key(_ name: String) throws(Refusal) -> PublicKey {
        let jwk = try required(name, "a JWK") { $0.object == nil ? nil : $0 }
        do { return try PublicKey(jwk: jwk) } catch {
            throw Refusal(.malformed, "\"\(name)\": \(error.detail) (RFC 8555 \(section))")
        }
    }

    /// The name of a certificate (RFC 9773 §4.1).
    func certID(_ name: String) throws(Refusal) -> CertID? {
        guard let text = try string(name) else { return nil }
        do { return try CertID(parsing: text) } catch { throw Refusal(error) }
    }

    /// Octets in base64url without padding.
    func octets(_ name: String) throws(Refusal) -> [UInt8] {
        let text = try required(name, "a string", \.string)
        do {
            return try Base64URL.decode(text)
        } catch {
            throw Refusal(.malformed, "\"\(name)\": \(error) (RFC 8555 §6.1)")
        }
    }
}
