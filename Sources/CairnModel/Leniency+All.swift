extension Leniency {
    /// All leniencies, each described once.
    public static let all: [Leniency] = [nullMember, certifiedAccountKey]

    public static let nullMember = Leniency(
        "nullMember",
        accepts: "`null` for an optional member of a payload, as if the member were not there",
        letter: "a member has the type that RFC 8555 §7 gives it; `null` is none",
        deployed: "Pebble, Boulder and step-ca decode into Go structures, to which null is \"not there\"")

    public static let certifiedAccountKey = Leniency(
        "certifiedAccountKey",
        accepts: "a key of which there is a certificate, as that of an account, new or changed",
        letter: "the key of an account must not be in a certificate, RFC 8555 §11.1",
        deployed: "Pebble and Boulder compare the keys of CSRs with those of accounts, and never the other way round")
}
