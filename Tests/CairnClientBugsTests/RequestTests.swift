import Cairn
import CairnOpenSSLJudge
import Testing

@Suite("Client bugs: what clients send", .timeLimit(.minutes(5)))
struct RequestTests {
    @Test("28: A name of more than 64 characters is no common name (RFC 5280 appendix A.1)")
    func row28() throws {
        try Trial(bug: .putsTheFirstNameInTheSubject, words: "badCSR") {
            $0.authority.profiles[0].csrContent[.longCommonName] = .refused
        }.run { client, _ in
            let label = String(repeating: "long", count: 15)
            _ = try client.obtain("\(label).example.test")
        }
    }

    @Test("38: The inner JWS of a key change has no nonce (RFC 8555 §7.3.5)")
    func row38() throws {
        try Trial(bug: .putsANonceIntoKeyChanges, words: "malformed").run { client, _ in
            try client.changeKey()
            _ = try client.obtain("www.example.test")
        }
    }

    @Test("41: A request is signed for the URL that the CA names, not for the one that was dialled (RFC 8555 §6.4)")
    func row41() throws {
        try Trial(bug: .signsTheDialledURL, words: "unauthorized") {
            $0.origin = "https://ca.example.test:14000"
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("46: Addresses are identifiers of the type ip (RFC 8738 §3)", arguments: ["127.0.0.1", "::1"])
    func row46(_ address: String) throws {
        try Trial(bug: .sendsAddressesAsNames, words: "40").run { client, _ in _ = try client.obtain(address) }
    }

    @Test("49: The key of an external account is base64url (RFC 8555 §7.3.4)")
    func row49() throws {
        try Trial(bug: .decodesKeysAsPlainBase64, words: "unauthorized") {
            $0.policy.externalAccountBinding = .required
        }.run { client, ca in
            let key = try ca.externalAccountKeys.issue(macKey: Array(repeating: 0xfb, count: 64) + [0xff])
            client.external = (key.identifier, key.macKeyText)
            _ = try client.obtain("www.example.test")
        }
    }

    @Test("50: A revocation is signed by the account or by the key of the certificate (RFC 8555 §7.6)")
    func row50() throws {
        try Trial(bug: .revokesByAForeignKey, words: "unauthorized").run { client, _ in
            let certificate = try client.obtain("www.example.test")
            try client.revoke(certificate)
            try client.revoke(certificate)
        }
    }

    @Test("51: The halves of a signature have their leading zeros (RFC 7518 §3.4)")
    func row51() throws {
        try Trial(bug: .dropsLeadingZeros, words: "63").run { client, _ in
            client.seeksLeadingZeros = true
            try client.register()
        }
    }

    @Test("56: Of several names each may have a refusal of its own (RFC 8555 §6.7.1)")
    func row56() throws {
        let names = ["a.bank.test", "b.bank.test"]
        try Trial(bug: .ignoresSubproblems, words: "does not say which") { _ in
        } arrange: {
            let parts = names.map {
                ACMEProblem(.rejectedIdentifier, "not here", identifier: ACMEIdentifier(type: .dns, value: $0))
            }
            $0.rules.add(.problem("compound", detail: "two names are refused", subproblems: parts), at: .newOrder)
        }.run { client, _ in
            do {
                _ = try client.obtain("www.example.test", names[0], names[1])
            } catch let failure as CorrectClient.Failure {
                try require(names.allSatisfy(failure.description.contains), "does not say which: \(failure)")
            }
        }
    }
}
