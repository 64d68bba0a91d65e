/// Something that a standard forbids and that the CAs in use accept.
///
/// Cairn accepts it as well and leaves a finding of the same name; a CA that keeps to the letter refuses it with words. Which
/// of the two it is says ``CairnLeniencies``. All there are stand in ``all``: that is the one place where they are described.
public struct CairnLeniency: Hashable, Sendable {
    /// As settings and findings have it, such as `nullMember`.
    public let name: String
    /// What is accepted, in a sentence.
    public let accepts: String
    /// What the letter says instead, with its section.
    public let letter: String
    /// Which CAs do what.
    public let deployed: String

    package init(_ name: String, accepts: String, letter: String, deployed: String) {
        (self.name, self.accepts, self.letter, self.deployed) = (name, accepts, letter, deployed)
    }

    /// Whether both have the same name.
    public static func == (left: CairnLeniency, right: CairnLeniency) -> Bool { left.name == right.name }

    /// Hashes the name, as `==` compares it.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension CairnLeniency: CustomStringConvertible {
    /// Its ``name``.
    public var description: String { name }
}

/// The leniencies of a CA.
public struct CairnLeniencies: Hashable, Sendable {
    /// The leniencies that are off.
    public var refused: Set<CairnLeniency>

    /// All leniencies except these.
    public init(refusing refused: Set<CairnLeniency>) { self.refused = refused }

    /// Accepts what public CAs accept, with a finding.
    ///
    /// The default.
    public static let deployed = CairnLeniencies(refusing: [])
    /// Refuses what the standards forbid.
    public static let none = CairnLeniencies(refusing: Set(CairnLeniency.all))

    package func accept(_ leniency: CairnLeniency) -> Bool { !refused.contains(leniency) }
}

extension CairnLeniency {
    /// All leniencies, each described once.
    public static let all: [CairnLeniency] = [
        nullMember, emptyMember, unaskedQuery, looseMailto, mailtoHeaderFields, certifiedAccountKey,
        uncanonicalAddress,
    ]

    /// `null` for an optional member.
    public static let nullMember = CairnLeniency(
        "nullMember",
        accepts: "`null` for an optional member of a payload, as if the member were not there",
        letter: "a member has the type that RFC 8555 §7 gives it; `null` is none",
        deployed: "Pebble, Boulder and step-ca decode into Go structures, to which null is \"not there\"")

    /// An empty string for an optional member, or an empty array where no array is expected.
    public static let emptyMember = CairnLeniency(
        "emptyMember",
        accepts:
            "`\"\"` for an optional member of a payload, or `[]` for one that is no array, as if the member were not there",
        letter: "a member has the type and the form that RFC 8555 §7 gives it; an empty string is no date and no name",
        deployed:
            "Pebble, Boulder and step-ca do not tell an empty string from an absent one; `[]` is what PHP writes for "
            + "an empty object")

    /// A query where the resource has none.
    public static let unaskedQuery = CairnLeniency(
        "unaskedQuery",
        accepts: "a query in the URL of a resource that has none, in a request that is not signed",
        letter: "a resource is read at its own URL (RFC 9110 §4.2.3); a signed request to any other is refused by both",
        deployed: "Pebble and Boulder look at the path alone; in signed requests they compare the whole URL")

    /// A contact that is a mail address instead of a URL.
    public static let looseMailto = CairnLeniency(
        "looseMailto",
        accepts:
            "a `mailto` contact with spaces around the address, with a display name (`Name <a@b>`), or with characters "
            + "that a URL has to percent-encode",
        letter: "`mailto:` and one address in the form of a URL (RFC 8555 §7.3, RFC 6068 §2)",
        deployed:
            "Pebble and Boulder read what follows `mailto:` as the address of a mail (RFC 5322), which may have all "
            + "of these")

    /// A contact with header fields.
    public static let mailtoHeaderFields = CairnLeniency(
        "mailtoHeaderFields",
        accepts: "a `mailto` contact with header fields, such as `?subject=x`",
        letter: "servers should refuse it (RFC 8555 §7.3)",
        deployed: "Pebble and step-ca cut the fields off; Boulder refuses with invalidContact")

    /// An account key that is also in a certificate.
    public static let certifiedAccountKey = CairnLeniency(
        "certifiedAccountKey",
        accepts: "a key of which there is a certificate, as that of an account, new or changed",
        letter: "the key of an account must not be in a certificate, RFC 8555 §11.1",
        deployed: "Pebble and Boulder compare the keys of CSRs with those of accounts, and never the other way round")

    /// An IP address identifier that is not in canonical form.
    public static let uncanonicalAddress = CairnLeniency(
        "uncanonicalAddress",
        accepts: "an `ip` identifier such as `2001:DB8::0:1`, as `2001:db8::1`, which the order then shows",
        letter: "an address is written as RFC 8738 §3 has it, in one form alone (RFC 5952 §4)",
        deployed: "Pebble and Boulder read the address with the library of Go and write it down anew")
}
