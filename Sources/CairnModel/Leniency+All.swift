extension Leniency {
    /// All leniencies, each described once.
    public static let all: [Leniency] = [nullMember]

    public static let nullMember = Leniency(
        "nullMember",
        accepts: "`null` for an optional member of a payload, as if the member were not there",
        letter: "a member has the type that RFC 8555 §7 gives it; `null` is none",
        deployed: "Pebble, Boulder and step-ca decode into Go structures, to which null is \"not there\"")
}
