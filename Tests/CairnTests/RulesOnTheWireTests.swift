import Cairn
import CairnOpenSSLJudge
import CairnTesting
import Foundation
import Synchronization
import Testing

/// Over real TLS, seen from outside by a client of OpenSSL.
@Suite("What rules do on the wire", .timeLimit(.minutes(5)))
struct RulesOnTheWireTests {
    /// Everything that a connection brings before it ends, asked for the directory; `nil` for a connection that breaks.
    private static func directory(of ca: TestCA, closing: Bool = true) async -> String? {
        guard let address = ca.address else { return nil }
        let roots = ca.trustRoots.map(\.pem).joined()
        return try? await onOwnThread { () throws -> String? in
            do {
                let wire = try Wire(to: "\(address)", demands: Wire.Demands(roots: roots, name: .host("localhost")))
                let option = closing ? "Connection: close\r\n" : ""
                try wire.write(Array("GET /dir HTTP/1.1\r\nHost: localhost\r\n\(option)\r\n".utf8))
                var text = ""
                while true {
                    let bytes = try wire.read()
                    if bytes.isEmpty { return text }
                    text += String(decoding: bytes, as: UTF8.self)
                }
            } catch { return nil }
        }
    }

    @Test("A delayed and dribbled answer comes whole")
    func slow() async throws {
        try await withTestCA { ca in
            ca.rules.add(.delay(.milliseconds(20)))
            ca.rules.add(.dribble(bytes: 64, every: .milliseconds(1)))
            #expect(await Self.directory(of: ca)?.contains("newNonce") == true)
            let entry = try #require(await ca.journal.first { $0.request?.sent != nil }?.request)
            #expect(entry.rules.map(\.action) == ["delay", "dribble"] && entry.sent?.ending == .complete)
        }
    }

    @Test("A cut answer ends in good order after as many bytes as the rule says")
    func cut() async throws {
        try await withTestCA { ca in
            ca.rules.add(.cut(after: 10), at: .directory)
            let text = try #require(await Self.directory(of: ca))
            #expect(text.components(separatedBy: "\r\n\r\n").last?.utf8.count == 10)
            let sent = try #require(await ca.journal.first { $0.request?.sent != nil }?.request?.sent)
            #expect(sent.ending == .cut && sent.bodyBytes == 10)
        }
    }

    @Test("A dropped request is answered with nothing, and a reset one breaks")
    func dropped() async throws {
        try await withTestCA { ca in
            ca.rules.add(.drop.times(1).then(.reset).times(1), at: .directory)
            #expect(await Self.directory(of: ca) == "")
            #expect(await Self.directory(of: ca) == nil)
            #expect(await Self.directory(of: ca)?.contains("newNonce") == true)
        }
    }

    @Test("The last answer of a connection says so, or the connection is closed without a word (RFC 9112 §9.6)")
    func last() async throws {
        try await withTestCA { ca in
            ca.rules.add(.goAway.times(1).then(.close).times(1), at: .directory)
            let announced = try #require(await Self.directory(of: ca, closing: false))
            #expect(announced.contains("Connection: close\r\n") && announced.contains("newNonce"))
            let silent = try #require(await Self.directory(of: ca, closing: false))
            #expect(!silent.contains("Connection:") && silent.contains("newNonce"))
        }
    }

    @Test("A held request gets its answer when the gate opens, and shutting the CA down opens it")
    func held() async throws {
        try await withTestCA { ca in
            let gate = ca.rules.add(.hold, at: .directory)
            async let text = Self.directory(of: ca)
            await withCheckedContinuation { continuation in
                ca.rules.engine.gate(named: gate.name)?.whenWaiting(1) { continuation.resume() }
            }
            #expect(gate.waiting == 1 && ca.journal.requests.isEmpty)
            gate.release()
            #expect(await text?.contains("newNonce") == true)
        }
    }

    @Test("Each answer is the last on its connection, for as long as a rule says so (RFC 9112 §9.6)")
    func eachLast() async throws {
        try await withTestCA { ca in
            let rule = ca.rules.add(.goAway)
            for _ in 0..<3 {
                let text = try #require(await Self.directory(of: ca, closing: false))
                #expect(text.contains("Connection: close\r\n") && text.contains("newNonce"))
            }
            rule.remove()
            #expect(await Self.directory(of: ca)?.contains("newNonce") == true)
        }
    }

    @Test("A 204 that gives a length has the body that it may not have (RFC 9110 §8.6, §15.3.5)")
    func lengthOfNothing() async throws {
        try await withTestCA { ca in
            ca.rules.add(.setStatus(204), at: .directory)
            let bodiless = try #require(await Self.directory(of: ca))
            #expect(bodiless.hasPrefix("HTTP/1.1 204 ") && bodiless.hasSuffix("\r\n\r\n"))
            #expect(!bodiless.contains("Content-Length"))
            ca.rules.add(.set(.named("Content-Length"), "5"), at: .directory)
            let text = try #require(await Self.directory(of: ca))
            #expect(text.hasPrefix("HTTP/1.1 204 ") && text.contains("Content-Length: 5\r\n"))
            #expect(text.components(separatedBy: "\r\n\r\n").last?.contains("newNonce") == true)
        }
    }

    @Test("A rule that never did anything fails its scope, and is told with what came near it")
    func unfired() async throws {
        try await withKnownIssue {
            try await withTestCA { ca in
                ca.rules.add(.badNonce.times(3), at: .finalize)
                ca.rules.add(.badNonce, at: .keyChange, probability: 0.5)
                ca.rules.add(.badNonce, at: .keyChange, isOptional: true)
                _ = await Self.directory(of: ca)
            }
        } matching: { issue in
            let words = issue.comments.map(\.rawValue).joined()
            return words.contains("got 1 that never did:")
                && words.contains("request 1 came near (at: directory, not finalize)")
                || words.contains("The CA had seed")
        }
    }

    @Test("A configuration has rules, and one that cannot be is refused at the start")
    func configured() throws {
        let ca = try TestCA.inMemory(.with { $0.rules = [CairnRule(.badNonce, name: "first")] })
        #expect(ca.rules.all.map(\.rule.name) == ["first"])
        #expect(throws: TestCA.StartError.self) {
            try TestCA.inMemory(.with { $0.rules = [CairnRule(.badNonce, at: .connection)] })
        }
    }
}
