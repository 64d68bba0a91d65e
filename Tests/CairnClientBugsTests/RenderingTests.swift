import Cairn
import CairnOpenSSLJudge
import Testing

@Suite("Client bugs: how answers are written", .timeLimit(.minutes(5)))
struct RenderingTests {
    @Test("21: A challenge of an unknown type is passed over (RFC 8555 §7.1.4)")
    func row21() throws {
        try Trial(bug: .knowsAllChallengeTypes, words: "no challenge type: tls-sni-02") {
            $0.policy.challengeTypes = [.tlsSNI02, .http01]
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("25: A chain is chosen by its end, since one may be the beginning of another (RFC 8555 §7.4.2)")
    func row25() throws {
        try Trial(bug: .prefersChainsByAnyName, words: "got the chain to") {
            $0.authority.chains = [.root(0).crossSigned(by: 1), .root(0)]
        }.run { client, ca in
            let root = try #require(try OpenSSLCertificate.certificates(inPEM: ca.authority.roots[0].pem).first).subject
            client.preferredIssuer = root
            let certificate = try client.obtain("www.example.test")
            let top = try certificate.topIssuer
            try require(top == root, "got the chain to \(top)")
        }
    }

    @Test("36: A media type may have parameters (RFC 9110 §8.3.1)")
    func row36() throws {
        try Trial(bug: .comparesMediaTypesAsText, words: "no chain, but") {
            $0.personality = .pebble
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("37: Names are the same in any case (RFC 4343 §3)")
    func row37() throws {
        try Trial(bug: .comparesNamesByCase, words: "the order is for other names", finding: .leftAuthorizationsPending)
            .run { client, _ in
                _ = try client.obtain("WWW.Example.test")
            }
    }

    private static let chains: [CairnPEMStyle] = [
        CairnPEMStyle(lineEnd: .crlf), CairnPEMStyle(lineEnd: .cr), CairnPEMStyle(endsWithNewline: false),
        CairnPEMStyle(blankLines: 1), CairnPEMStyle(textBetween: "the issuer"),
    ]

    @Test("15: A chain may have any ends of lines, empty lines, and none at its end (RFC 7468 §2)", arguments: chains)
    func row15(_ style: CairnPEMStyle) throws {
        try Trial(bug: .splitsChainsAtLineFeeds, words: "the chain has no") { _ in
        } arrange: {
            $0.rules.add(.pem(style: style), at: .certificate)
        }.run { client, _ in
            let certificate = try client.obtain("www.example.test")
            try require(certificate.chain.count == 2, "\(certificate.chain.count) certificates")
        }
    }

    @Test("17: A member may be there and empty (RFC 8555 §7.1.3)")
    func row17() throws {
        try Trial(
            bug: .takesAnErrorMemberAsFailure, words: "the order has an error", finding: .leftAuthorizationsPending
        ) { _ in
        } arrange: {
            $0.rules.add(.set("/error", [:]), at: .newOrder)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("21: A challenge of a type that nobody knows is passed over (RFC 8555 §7.1.4)")
    func row21OnDemand() throws {
        try Trial(bug: .knowsAllChallengeTypes, words: "no challenge type: x-new-01") { _ in
        } arrange: {
            let challenge: CairnJSON = ["type": "x-new-01", "status": "pending", "url": "https://ca.test/x"]
            $0.rules.add(.insert(challenge, at: "/challenges/0"), at: .authorization)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test(
        "22: Names of header fields are the same in any case (RFC 9110 §5.1)",
        arguments: [CairnLetterCase.lower, .upper])
    func row22(_ letterCase: CairnLetterCase) async throws {
        try await Trial(bug: .matchesFieldNamesByCase, words: "newNonce gave no nonce") { _ in
        } arrange: {
            $0.rules.add(.fieldNames(letterCase))
        }.runOverTheWire { client, _ in _ = try client.obtain("www.example.test") }
    }

    private static let styles: [CairnJSONStyle] = [
        CairnJSONStyle(escapesSlashes: true), CairnJSONStyle(indentation: 3),
    ]

    @Test("23: JSON is read as JSON (RFC 8259 §2)", arguments: styles)
    func row23(_ style: CairnJSONStyle) throws {
        try Trial(bug: .searchesJSONAsText, words: "there is no newOrder") { _ in
        } arrange: {
            $0.rules.add(.json(style: style))
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("34: Nobody has to send Location with an order that is finalized (RFC 8555 §7.4)")
    func row34() throws {
        try Trial(bug: .needsALocationOfFinalize, words: "finalize has no Location", finding: .neverDownloaded) { _ in
        } arrange: {
            $0.rules.add(.remove(.location), at: .finalize)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("45: Which authorization is for which name, only they say (RFC 8555 §7.1.3)")
    func row45() throws {
        try Trial(bug: .assumesTheOrderOfLists, words: "not authorized") { _ in
        } arrange: {
            $0.rules.add(.reverse("/authorizations"), at: .newOrder)
        }.run { client, _ in _ = try client.obtain("a.example.test", "b.example.test", by: "dns-01") }
    }

    @Test(
        "55: A timestamp may have a fraction, an offset and small letters (RFC 3339 §5.6)",
        arguments: CairnTimeStyle.allCases.filter { $0 != .whole })
    func row55(_ style: CairnTimeStyle) throws {
        try Trial(bug: .readsWholeSecondsAlone, words: "no timestamp", finding: .leftAuthorizationsPending) { _ in
        } arrange: {
            $0.rules.add(.timestamps(style), at: .newOrder)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }
}
