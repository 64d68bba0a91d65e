import Cairn
import CairnOpenSSLJudge
import CairnTesting
import Foundation
import Testing

@Suite("The DNS server of a CA", .timeLimit(.minutes(5)))
struct DNSListenerTests {
    /// A question for the addresses of `www.example.test` (RFC 1035 §4.1), id 0x1234.
    private static let question: [UInt8] =
        [0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        + [3] + Array("www".utf8) + [7] + Array("example".utf8) + [4] + Array("test".utf8) + [0, 0, 1, 0, 1]

    private static func check(_ answer: [UInt8]) throws {
        try #require(answer.count > question.count + 12)
        #expect(answer.prefix(2) == [0x12, 0x34])
        #expect(answer[2] & 0x80 == 0x80)
        #expect(answer[3] & 0x0f == 0)
        #expect(answer[6...7] == [0, 1])
        #expect(answer.suffix(6) == [0, 4, 127, 0, 0, 9])
    }

    @Test("It shows the table by UDP")
    func udp() async throws {
        try await withTestCA { ca in
            ca.dns["www.example.test"] = [.a("127.0.0.9")]
            let port = try #require(ca.dnsAddress).port
            let answer = try await onOwnThread {
                let socket = try Socket.datagram()
                defer { close(socket) }
                try Socket.connect(socket, port: port)
                _ = send(socket, Self.question, Self.question.count, 0)
                var buffer = [UInt8](repeating: 0, count: 512)
                let count = recv(socket, &buffer, buffer.count, 0)
                return Array(buffer.prefix(max(0, count)))
            }
            try Self.check(answer)
            #expect(ca.dns.queries(for: "www.example.test").map(\.source) == [.udp])
        }
    }

    @Test("It shows the table by TCP, several questions on one connection (RFC 7766 §6.2.1)")
    func tcp() async throws {
        try await withTestCA { ca in
            ca.dns["www.example.test"] = [.a("127.0.0.9")]
            let address = try #require(ca.dnsAddress)
            try await onOwnThread {
                let wire = try Wire(to: "\(address)")
                for _ in 0..<2 {
                    try wire.write([0, UInt8(Self.question.count)] + Self.question)
                    var answer: [UInt8] = []
                    while answer.count < 2 || answer.count < 2 + Int(answer[0]) << 8 + Int(answer[1]) {
                        let more = try wire.read()
                        try #require(!more.isEmpty)
                        answer += more
                    }
                    try Self.check(Array(answer.dropFirst(2)))
                }
            }
            #expect(ca.dns.queries(for: "www.example.test").map(\.source) == [.tcp, .tcp])
        }
    }

    /// A question for the addresses of another name, by its first label of three letters, and with an id of its own.
    private static func question(_ id: UInt8, _ label: String) -> [UInt8] {
        var question = question
        question[1] = id
        question.replaceSubrange(13..<16, with: label.utf8)
        return question
    }

    @Test("A late answer by UDP holds no other one up, and what is not answered is not")
    func lateDatagrams() async throws {
        try await withTestCA { ca in
            ca.dns.script(.delay(.milliseconds(500)), for: "old.example.test")
            ca.dns.script(.timeout, for: "non.example.test")
            let port = try #require(ca.dnsAddress).port
            let ids = try await onOwnThread {
                let socket = try Socket.datagram()
                defer { close(socket) }
                try Socket.connect(socket, port: port)
                for (id, label) in [(UInt8(1), "non"), (2, "old"), (3, "new")] {
                    let question = Self.question(id, label)
                    _ = send(socket, question, question.count, 0)
                }
                return (0..<2).map { _ in
                    var buffer = [UInt8](repeating: 0, count: 512)
                    _ = recv(socket, &buffer, buffer.count, 0)
                    return buffer[1]
                }
            }
            #expect(ids == [3, 2])
            #expect(ca.dns.queries.map(\.client?.address) == ["127.0.0.1", "127.0.0.1", "127.0.0.1"])
        }
    }

    @Test("A late answer by TCP may come after those to later questions (RFC 7766 §7)")
    func lateAnswers() async throws {
        try await withTestCA { ca in
            ca.dns.script(.delay(.milliseconds(100)), for: "old.example.test")
            let address = try #require(ca.dnsAddress)
            let ids = try await onOwnThread {
                let wire = try Wire(to: "\(address)")
                // In one write, so that the second is there in time whatever else the machine does.
                try wire.write(
                    [(UInt8(1), "old"), (2, "new")].flatMap { id, label in
                        [0, UInt8(Self.question.count)] + Self.question(id, label)
                    })
                var bytes: [UInt8] = []
                var ids: [UInt8] = []
                while ids.count < 2 {
                    let more = try wire.read()
                    try #require(!more.isEmpty)
                    bytes += more
                    while bytes.count > 2, bytes.count >= 2 + Int(bytes[1]) {
                        ids.append(bytes[3])
                        bytes.removeFirst(2 + Int(bytes[1]))
                    }
                }
                return ids
            }
            #expect(ids == [2, 1])
        }
    }

    @Test("There is none if none is configured")
    func none() async throws {
        try await withTestCA(.with { $0.dnsListener = nil }) { ca in
            #expect(ca.dnsAddress == nil)
            try await ca.issue("www.example.test")
        }
    }
}
