import Cairn
import CairnManagement
import CairnOpenSSLJudge
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("Pebble's management interface", .timeLimit(.minutes(5)))
struct PebbleManagementTests {
    private static func text(_ delivery: CairnDelivery) -> String { String(decoding: delivery.body, as: UTF8.self) }

    @Test(
        "The private keys are those of the certificates, in the form that goes with their algorithm (RFC 5915, RFC 8017)",
        arguments: [
            (CairnKeyAlgorithm.p256, "EC PRIVATE KEY"), (.p384, "EC PRIVATE KEY"), (.rsa2048, "RSA PRIVATE KEY"),
        ])
    func keys(_ algorithm: CairnKeyAlgorithm, _ label: String) throws {
        var configuration = TestCA.Configuration()
        (configuration.authority.rootKey, configuration.authority.intermediateKey) = (algorithm, algorithm)
        configuration.authority.roots = 2
        configuration.authority.chainLength = 2
        let managed = try Managed(configuration)
        var count = 0
        for (keys, certificates) in [("root-keys", "roots"), ("intermediate-keys", "intermediates")] {
            var number = 0
            while case let shown = managed.send(.get, "/\(certificates)/\(number)"), shown.head.status == .ok {
                let key = managed.send(.get, "/\(keys)/\(number)")
                #expect(key.head.headerFields[.contentType] == "application/x-pem-file; charset=utf-8")
                #expect(Self.text(key).hasPrefix("-----BEGIN \(label)-----\n"))
                let read = try OpenSSLKey(privateKeyPEM: Self.text(key))
                let certificate = try OpenSSLCertificate.certificates(inPEM: Self.text(shown))[0]
                #expect(read.isConsistent)
                #expect(try read.subjectPublicKeyInfo == certificate.subjectPublicKeyInfo)
                (number, count) = (number + 1, count + 1)
            }
            #expect(managed.send(.get, "/\(keys)/\(number)").head.status == .notFound)
        }
        #expect(count == managed.ca.authority.roots.count + managed.ca.authority.intermediates.count)
        #expect(try TestCA.inMemory().authority.privateKeyPEM(of: managed.ca.authority.roots[0]) == nil)
    }

    @Test("What stands in the same place of the other chains is linked to")
    func alternates() throws {
        var configuration = TestCA.Configuration()
        configuration.authority.roots = 3
        configuration.authority.chainLength = 2
        let managed = try Managed(configuration)
        for folder in ["roots", "root-keys", "intermediates", "intermediate-keys"] {
            let links = managed.send(.get, "/\(folder)/1").head.headerFields[values: .link]
            #expect(
                links
                    == [0, 2].map { "<https://localhost:15000/\(folder)/\($0)>;rel=\"alternate\"" })
        }
        #expect(managed.send(.get, "/intermediates/4").head.headerFields[values: .link].isEmpty)
    }

    @Test("The method does not matter where something is read", arguments: [HTTPRequest.Method.post, .put, .head])
    func methods(_ method: HTTPRequest.Method) throws {
        #expect(try Managed().send(method, "/roots/0").head.status == .ok)
    }

    // MARK: Certificates

    /// A CA that has issued one certificate.
    private func issued() throws -> (Managed, CairnCertificateRecord, Issuance) {
        var configuration = TestCA.Configuration()
        configuration.clock = .standing(at: "2030-01-01T12:00:00Z")
        let managed = try Managed(configuration)
        let client = try ReferenceClient(directory: managed.ca.directoryURL) { managed.ca.respond(to: $0) }
        let issuance = try client.obtain(["www.example.test"], by: "http-01") { proof in
            managed.ca.responder.setHTTP01(token: proof.token, keyAuthorization: proof.keyAuthorization)
        }
        return (managed, try #require(managed.ca.certificates.first), issuance)
    }

    @Test("The status of a certificate is told by its serial number, in any case and with zeros in front")
    func status() throws {
        let (managed, record, _) = try issued()
        let serial = "\(record.id)"
        for text in [serial, serial.uppercased(), "000" + serial] {
            let answer = try CairnJSON(parsing: managed.send(.get, "/cert-status-by-serial/\(text)").body)
            #expect(answer["Status"] == "Valid")
            #expect(answer["Certificate"]?.string == record.pem)
            #expect(answer["Serial"]?.string == String(serial.drop { $0 == "0" }))
            #expect(answer["RevokedAt"] == nil && answer["Reason"] == nil)
        }
        try managed.ca.objects.revoke(record.id, for: .superseded)
        let revoked = try CairnJSON(parsing: managed.send(.get, "/cert-status-by-serial/\(serial)").body)
        #expect(revoked["Status"] == "Revoked")
        #expect(revoked["Reason"] == 4)
        #expect(revoked["RevokedAt"] == "2030-01-01 12:00:00 +0000 UTC")
    }

    @Test("A serial number that is none, or nobody's, is told")
    func unknown() throws {
        let managed = try Managed()
        #expect(try managed.refusal(.get, "/cert-status-by-serial/1").hasPrefix("404 there is no certificate"))
        for text in ["xyz", "", "0x1"] {
            #expect(
                try managed.refusal(.get, "/cert-status-by-serial/\(text)").hasPrefix("400 expected a serial number"))
        }
    }

    @Test("Renewal information can be any text, which is served as it stands (RFC 9773 §4.2)")
    func renewalInfo() throws {
        let (managed, record, _) = try issued()
        func asked() throws -> CairnDelivery {
            let path = "/renewal-info/\(record.certificate.certID)"
            return managed.ca.respond(to: try #require(CairnRequest("GET", "https://localhost\(path)")))
        }
        let before = try asked().body
        for body in ["no JSON at all", #"{"suggestedWindow": {}}"#, ""] {
            let request: CairnJSON = ["Certificate": .string(record.pem), "ARIResponse": .string(body)]
            let answer = managed.send(
                .post, "/set-renewal-info/", String(decoding: request.serialized(), as: UTF8.self))
            #expect(answer.head.status == .ok && answer.body.isEmpty)
            let shown = try asked()
            #expect(Self.text(shown) == body)
            #expect(shown.head.headerFields[.contentType] == "application/json")
            #expect(shown.head.headerFields[.retryAfter] == "21600")
        }
        try managed.ca.setRenewalInfoBody(nil, of: record.id)
        #expect(try asked().body == before)
    }

    @Test("The same by /cairn/v1, which takes it back too")
    func renewalRoute() throws {
        let (managed, record, _) = try issued()
        let place = "/certificates/\(record.id)/renewal/body"
        _ = try managed.api(.put, place, #"{"body": "mine"}"#)
        let path = "/renewal-info/\(record.certificate.certID)"
        let request = try #require(CairnRequest("GET", "https://localhost\(path)"))
        #expect(Self.text(managed.ca.respond(to: request)) == "mine")
        _ = try managed.api(.delete, place)
        #expect(Self.text(managed.ca.respond(to: request)).contains("suggestedWindow"))
        #expect(try managed.apiRefusal(.put, "/certificates/01/renewal/body", #"{"body": ""}"#).detail.hasPrefix("404"))
    }

    @Test("Renewal information for what is no certificate of this CA is refused")
    func otherRenewalInfo() throws {
        let (managed, record, _) = try issued()
        func refusal(_ certificate: String) throws -> String {
            let request: CairnJSON = ["Certificate": .string(certificate), "ARIResponse": "x"]
            return try managed.refusal(
                .post, "/set-renewal-info/", String(decoding: request.serialized(), as: UTF8.self))
        }
        #expect(try refusal("x").hasPrefix("400 expected a certificate in PEM"))
        #expect(try refusal(managed.ca.authority.roots[0].pem).hasPrefix("404 expected a certificate of this CA"))
        #expect(try managed.refusal(.post, "/set-renewal-info/", "{}").hasPrefix("400 expected a string"))
        #expect(try managed.refusal(.post, "/set-renewal-info/").hasPrefix("400 Expected JSON POST body"))
        #expect(try managed.refusal(.get, "/set-renewal-info/").hasPrefix("405 "))
        #expect(record.revocation == nil)
    }

    // MARK: The challenge server's histories, of a CA

    @Test("A CA's own histories have what was answered in its process, and are cleared")
    func histories() throws {
        let (managed, _, _) = try issued()
        let answer = managed.send(.post, "/http-request-history", #"{"host": "www.example.test"}"#)
        let events = try #require(try CairnJSON(parsing: answer.body).array)
        #expect(events.count == 1)
        #expect(events[0]["Host"] == "www.example.test" && events[0]["HTTPS"] == false)
        #expect(events[0]["URL"]?.string?.hasPrefix("/.well-known/acme-challenge/") == true)
        let requests = try managed.api(.get, "/responder/requests?host=www.example.test")
        #expect(requests?.array?.first?["challengeType"] == "http-01")
        managed.command("/clear-request-history", #"{"host": "www.example.test", "type": "http"}"#)
        #expect(managed.ca.responder.requests.isEmpty)
    }

    @Test("A redirect leads validations elsewhere, by the command and by /cairn/v1")
    func redirects() throws {
        let managed = try Managed()
        let client = try ReferenceClient(directory: managed.ca.directoryURL) { managed.ca.respond(to: $0) }
        func obtain(_ name: String, _ redirect: (String) throws -> Void) throws {
            _ = try client.obtain([name], by: "http-01") { proof in
                managed.ca.responder.setHTTP01(token: "moved", keyAuthorization: proof.keyAuthorization)
                try redirect("/.well-known/acme-challenge/\(proof.token)")
            }
        }
        let target = "http://other.example.test/.well-known/acme-challenge/moved"
        try obtain("a.example.test") { path in
            managed.command("/add-redirect", #"{"path": "\#(path)", "targetURL": "\#(target)"}"#)
        }
        var path = ""
        try obtain("b.example.test") {
            path = $0
            _ = try managed.api(.put, "/responder/redirects?path=\(path)", #"{"url": "\#(target)"}"#)
        }
        _ = try managed.api(.delete, "/responder/redirects?path=\(path)")
        #expect(throws: ReferenceClient.Violation.self) {
            try obtain("c.example.test") { path in
                managed.command("/add-redirect", #"{"path": "\#(path)", "targetURL": "\#(target)"}"#)
                managed.command("/del-redirect", #"{"path": "\#(path)"}"#)
            }
        }
        #expect(try managed.apiRefusal(.delete, "/responder/redirects").detail.hasPrefix("400 expected a path"))
    }
}
