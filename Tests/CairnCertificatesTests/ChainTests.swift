import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Testing

@Suite("Several chains (RFC 8555 §7.4.2), judged by OpenSSL", .timeLimit(.minutes(5)))
struct ChainTests {
    /// A configuration, and for each chain its length and the roots by which it is accepted.
    struct Shape: Sendable, CustomTestStringConvertible {
        let name: String
        let chains: [CairnRootPath]
        let chainLength: Int
        /// For each chain: how many certificates follow the leaf, and the roots that accept them.
        let expected: [(followers: Int, roots: Set<Int>)]

        var testDescription: String { name }
    }

    private static let shapes: [Shape] = [
        Shape(name: "one root", chains: [.root(0)], chainLength: 1, expected: [(1, [0])]),
        Shape(name: "three intermediates", chains: [.root(0)], chainLength: 3, expected: [(3, [0])]),
        Shape(name: "no intermediate", chains: [.root(0)], chainLength: 0, expected: [(0, [0])]),
        Shape(
            name: "three roots", chains: [.root(0), .root(1), .root(2)], chainLength: 1,
            expected: [(1, [0]), (1, [1]), (1, [2])]),
        Shape(
            name: "two roots, two intermediates", chains: [.root(0), .root(1)], chainLength: 2,
            expected: [(2, [0]), (2, [1])]),
        Shape(
            name: "a prefix is the default", chains: [.root(0), .root(0).crossSigned(by: 1)], chainLength: 1,
            expected: [(1, [0]), (2, [0, 1])]),
        Shape(
            name: "the longer is the default", chains: [.root(0).crossSigned(by: 1), .root(0)], chainLength: 1,
            expected: [(2, [0, 1]), (1, [0])]),
        Shape(
            name: "a root signed twice over", chains: [.root(0).crossSigned(by: 1).crossSigned(by: 2), .root(1)],
            chainLength: 2, expected: [(4, [0, 1, 2]), (2, [1])]),
        Shape(
            name: "roots that signed each other",
            chains: [.root(0).crossSigned(by: 1), .root(1).crossSigned(by: 0)], chainLength: 1,
            expected: [(2, [0, 1]), (2, [0, 1])]),
        Shape(
            name: "no intermediate, cross-signed", chains: [.root(0), .root(0).crossSigned(by: 1)], chainLength: 0,
            expected: [(0, [0]), (1, [0, 1])]),
    ]

    private static func configuration(_ shape: Shape, _ key: CairnKeyAlgorithm = .p256) -> CairnAuthorityConfiguration {
        CairnAuthorityConfiguration(
            rootKey: key, intermediateKey: key, chains: shape.chains, chainLength: shape.chainLength)
    }

    @Test("Each chain leads to its roots and to no other, whatever the keys are", arguments: shapes, authorityKeys)
    func paths(_ shape: Shape, _ key: CairnKeyAlgorithm) throws {
        let authority = try authority(Self.configuration(shape, key))
        let leaf = try authority.issue(try request("DNS:www.example.test"))
        #expect(authority.chains.count == shape.expected.count)
        for (number, expected) in shape.expected.enumerated() {
            let pem = String(decoding: authority.chainPEM(for: leaf, chain: number), as: UTF8.self)
            let sent = try OpenSSLCertificate.certificates(inPEM: pem)
            #expect(sent.count == 1 + expected.followers)
            #expect(try sent[0].derEncoded == leaf.derEncoded)
            #expect(
                try sent.dropFirst().map { try $0.derEncoded }
                    == authority.chains[number].intermediates.map(\.derEncoded))
            for (root, certificate) in authority.roots.enumerated() {
                let objection = try PathJudge.objection(
                    to: sent[0], intermediates: Array(sent.dropFirst()),
                    roots: [try OpenSSLCertificate(derEncoded: certificate.derEncoded)],
                    name: .host("www.example.test"), at: Int(noon.secondsSinceEpoch))
                let isAccepted = objection == nil
                #expect(
                    isAccepted == expected.roots.contains(root), "chain \(number), root \(root): \(objection ?? "")")
            }
        }
    }

    @Test("Each certificate of a chain is certified by the next, and the last by the root (§9.1)", arguments: shapes)
    func order(_ shape: Shape) throws {
        let authority = try authority(Self.configuration(shape))
        for (path, chain) in zip(shape.chains, authority.chains) {
            let links = try (chain.intermediates + [chain.root]).map {
                try OpenSSLCertificate(derEncoded: $0.derEncoded)
            }
            for (certificate, issuer) in zip(links, links.dropFirst()) {
                #expect(try certificate.issuer == issuer.subject)
                #expect(try certificate.extension("2.5.29.35")?.text == issuer.extension("2.5.29.14")?.text)
            }
            #expect(chain.root == authority.roots[try #require(path.roots.last)])
            #expect(chain.intermediates.allSatisfy { authority.intermediates.contains($0) })
        }
        let all = authority.issuers.map(\.derEncoded)
        #expect(Set(all).count == all.count)
        #expect(all.count == authority.roots.count + authority.intermediates.count)
    }

    @Test("The seed decides all of it", arguments: shapes)
    func seeds(_ shape: Shape) throws {
        let configuration = Self.configuration(shape)
        let (one, same) = (try authority(configuration, seed: 7), try authority(configuration, seed: 7))
        #expect(one.issuers.map(\.derEncoded) == same.issuers.map(\.derEncoded))
        let other = try authority(configuration, seed: 8)
        #expect(Set(one.issuers.map(\.derEncoded)).isDisjoint(with: other.issuers.map(\.derEncoded)))
        var serials = Set<[UInt8]>()
        for issuer in one.issuers {
            serials.insert(try OpenSSLCertificate(derEncoded: issuer.derEncoded).serialNumber)
        }
        #expect(serials.count == one.issuers.count)
    }

    @Test("More roots leave the first and its intermediate as they were", arguments: authorityKeys)
    func additions(_ key: CairnKeyAlgorithm) throws {
        let plain = try authority(CairnAuthorityConfiguration(rootKey: key, intermediateKey: key))
        var configuration = CairnAuthorityConfiguration(rootKey: key, intermediateKey: key)
        configuration.roots = 3
        let more = try authority(configuration)
        #expect(more.roots.first == plain.roots.first)
        #expect(more.chains.first == plain.chains.first)
        #expect(more.intermediates.count == 3)
        #expect(more.roots.count == 3)
    }

    @Test("The intermediate that signs leaves is cross-signed: one name and key, several issuers")
    func crossSignedIntermediate() throws {
        let authority = try authority(CairnAuthorityConfiguration(chains: [.root(0), .root(1)]))
        let pair = try authority.chains.map { try OpenSSLCertificate(derEncoded: $0.intermediates[0].derEncoded) }
        #expect(try pair[0].subject == pair[1].subject)
        #expect(try pair[0].subjectPublicKeyInfo == pair[1].subjectPublicKeyInfo)
        #expect(try pair[0].issuer != pair[1].issuer)
        #expect(authority.intermediates == authority.chains.map { $0.intermediates[0] })
    }

    @Test("A cross-signed root has its name and key, and is an authority without limit")
    func crossSignedRoot() throws {
        let authority = try authority(CairnAuthorityConfiguration(chains: [.root(0).crossSigned(by: 1)]))
        let cross = try OpenSSLCertificate(derEncoded: try #require(authority.chains[0].intermediates.last).derEncoded)
        let (root, older) = (
            try OpenSSLCertificate(derEncoded: authority.roots[0].derEncoded),
            try OpenSSLCertificate(derEncoded: authority.roots[1].derEncoded)
        )
        #expect(try cross.subject == root.subject)
        #expect(try cross.subjectPublicKeyInfo == root.subjectPublicKeyInfo)
        #expect(try cross.issuer == older.subject)
        #expect(!cross.isSelfSigned)
        #expect(try cross.extension("2.5.29.19") == .init(isCritical: true, text: "CA:TRUE"))
        #expect(try cross.extension("2.5.29.15") == .init(isCritical: true, text: "Certificate Sign, CRL Sign"))
    }

    @Test("An intermediate may have as many below it as there are (RFC 5280 §4.2.1.9)")
    func pathLengths() throws {
        let authority = try authority(CairnAuthorityConfiguration(chainLength: 3))
        let lengths = try authority.chains[0].intermediates.map {
            try OpenSSLCertificate(derEncoded: $0.derEncoded).extension("2.5.29.19")?.text
        }
        #expect(lengths == ["CA:TRUE, pathlen:0", "CA:TRUE, pathlen:1", "CA:TRUE, pathlen:2"])
    }

    @Test(
        "What cannot be is refused with the reason",
        arguments: [
            ([], 1, "an authority needs 1 to 100 chains, got 0"),
            ((0...100).map(CairnRootPath.root), 1, "an authority needs 1 to 100 chains, got 101"),
            ([.root(0), .root(0)], 1, "the chain through the roots [0] is configured twice"),
            ([.root(1)], 1, "the roots are numbered from 0 without a gap, got 1"),
            ([.root(.max)], 1, "the roots are numbered from 0 without a gap, got \(Int.max)"),
            ([.root(0), .root(-1)], 1, "the roots are numbered from 0 without a gap, got -1, 0"),
            ([.root(0).crossSigned(by: 0)], 1, "a chain passes 1 to 10 roots, each once, got [0, 0]"),
            ([.root(0)], -1, "a chain has 0 to 10 intermediates, got -1"),
            ([.root(0)], 11, "a chain has 0 to 10 intermediates, got 11"),
            (
                [.root(0), .root(1)], 0,
                "without intermediates a leaf is signed by one root, where all chains have to begin; got chains that begin at "
                    + "the roots 0, 1"
            ),
        ] as [([CairnRootPath], Int, String)])
    func refusals(_ chains: [CairnRootPath], _ length: Int, _ reason: String) {
        let error = #expect(throws: CairnAuthorityError.self) {
            try authority(CairnAuthorityConfiguration(chains: chains, chainLength: length))
        }
        #expect(error?.description == reason)
    }

    @Test("The number of roots can be asked and set, and a senseless one is refused", arguments: [-1, 0, 101, Int.max])
    func roots(_ senseless: Int) throws {
        var configuration = CairnAuthorityConfiguration()
        #expect(configuration.roots == 1)
        configuration.roots = 2
        #expect(configuration.chains == [.root(0), .root(1)])
        configuration.chains.append(.root(1).crossSigned(by: 2))
        #expect(configuration.roots == 3)
        configuration.roots = senseless
        #expect(throws: CairnAuthorityError.self) { try authority(configuration) }
    }
}
