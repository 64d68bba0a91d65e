/// The sets of rules that a client chose by its directory URL: `/with/zeroSSL+flaky/dir`.
package struct RuleWorld: Hashable, Sendable {
    /// The names joined by `+`, as they stand in the path.
    package let name: String
    /// The names, in the order in which their rules are added.
    package let names: [String]

    package init(_ name: some StringProtocol) {
        self.name = String(name)
        names = name.texts(between: "+").map { String($0) }
    }

    /// Whether a set can have a name: only what stands in a path as it is (RFC 3986 §2.3), so that every set can be chosen.
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~")].contains(octet)
                }
            }
    }

    /// What all paths of the world begin with.
    package var prefix: String { "/with/\(name)" }

    /// The world that a path names, and the path in it; `nil` for a path that names none.
    package static func split(_ path: String) -> (world: RuleWorld, path: String)? {
        guard path.begins(with: "/with/") else { return nil }
        let rest = path[path.utf8.index(path.startIndex, offsetBy: 6)...]
        guard let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")), slash > rest.startIndex else { return nil }
        return (RuleWorld(rest[..<slash]), String(rest[slash...]))
    }
}
