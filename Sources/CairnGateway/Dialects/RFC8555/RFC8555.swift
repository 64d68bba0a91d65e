/// ACME as RFC 8555 has it.
package struct RFC8555: Dialect {
    package let name = "RFC 8555"
    package let paths = Paths(reading: [.post], isFinalized: true)
    package let conduct = Conduct()
    package let personality: Personality

    package init(_ personality: Personality = .strict) { self.personality = personality }
}
