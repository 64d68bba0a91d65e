/// The roots that one chain passes, from the one above the intermediates to the one that a client trusts.
///
/// A chain that ends at its first root is the usual one. A root that was cross-signed has a second certificate, for the same
/// name and key, by another root; a chain can go on through it. Then the chain that ends at the first root is the beginning
/// of the longer one:
///
/// ```swift
/// configuration.authority.chains = [.root(0).crossSigned(by: 1), .root(0)]
/// ```
/// has the shape that Let's Encrypt's chains had from 2021 to 2024: by default the longer one, to an older root.
public struct CairnRootPath: Hashable, Sendable {
    /// The numbers of the roots: each but the first signed the one before.
    public let roots: [Int]

    /// A chain that ends at the root with that number, counted from 0.
    public static func root(_ number: Int) -> CairnRootPath { CairnRootPath(roots: [number]) }

    /// The same chain, continued by a certificate that the root `number` gave to the last of its roots.
    public func crossSigned(by number: Int) -> CairnRootPath { CairnRootPath(roots: roots + [number]) }
}

extension CairnRootPath: CustomStringConvertible {
    /// The numbers of the roots: `[0, 1]`.
    public var description: String { "[\(roots.map(String.init).joined(separator: ", "))]" }
}

extension CairnAuthorityConfiguration {
    /// Throws if the chains cannot all be made.
    func checkChains() throws(CairnAuthorityError) {
        guard (1...Self.chainLimit).contains(chains.count) else {
            throw CairnAuthorityError("an authority needs 1 to \(Self.chainLimit) chains, got \(chains.count)")
        }
        guard (0...10).contains(chainLength) else {
            throw CairnAuthorityError("a chain has 0 to 10 intermediates, got \(chainLength)")
        }
        for (index, chain) in chains.enumerated() {
            guard !chains[..<index].contains(chain) else {
                throw CairnAuthorityError("the chain through the roots \(chain) is configured twice")
            }
            guard (1...10).contains(chain.roots.count), Set(chain.roots).count == chain.roots.count else {
                throw CairnAuthorityError("a chain passes 1 to 10 roots, each once, got \(chain)")
            }
        }
        let numbers = Set(chains.flatMap(\.roots))
        for number in 0..<numbers.count where !numbers.contains(number) {
            throw CairnAuthorityError(
                "the roots are numbered from 0 without a gap, got \(numbers.sorted().map(String.init).joined(separator: ", "))"
            )
        }
        guard chainLength > 0 || Set(chains.map(\.roots.first)).count == 1 else {
            throw CairnAuthorityError(
                "without intermediates a leaf is signed by one root, where all chains have to begin; got chains that begin at "
                    + "the roots \(chains.compactMap(\.roots.first).map(String.init).joined(separator: ", "))")
        }
    }
}
