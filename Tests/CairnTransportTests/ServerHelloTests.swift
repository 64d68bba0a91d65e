import CairnTransport
import Testing

/// A ServerHello of TLS 1.2, written out by hand (RFC 5246 §7.4.1.3, RFC 7301 §3.1).
@Suite("The application protocol in a ServerHello", .timeLimit(.minutes(5)))
struct ServerHelloTests {
    private static let random = [UInt8](repeating: 0x5a, count: 32)
    private static let alpn: [UInt8] = [0, 16, 0, 13, 0, 11, 10] + Array("acme-tls/1".utf8)
    private static let renegotiation: [UInt8] = [0xff, 0x01, 0, 1, 0]

    /// A record with a ServerHello in it.
    private func hello(extensions: [UInt8]?) -> [UInt8] {
        var body: [UInt8] = [3, 3] + Self.random + [0] + [0xc0, 0x2f] + [0]
        if let extensions { body += [0, UInt8(extensions.count)] + extensions }
        let message: [UInt8] = [2, 0, 0, UInt8(body.count)] + body
        return [22, 3, 3, 0, UInt8(message.count)] + message
    }

    @Test("It is the one name in the extension, wherever the extension stands (RFC 7301 §3.1)")
    func chosen() {
        for extensions in [Self.alpn, Self.renegotiation + Self.alpn, Self.alpn + Self.renegotiation] {
            var reader = ServerHello()
            reader.take(hello(extensions: extensions))
            #expect(reader.progress == .read(applicationProtocol: "acme-tls/1"))
        }
    }

    @Test("There is none without the extension, or without any extension")
    func none() {
        for extensions in [Self.renegotiation, [], nil] {
            var reader = ServerHello()
            reader.take(hello(extensions: extensions))
            #expect(reader.progress == .read(applicationProtocol: nil))
        }
    }

    @Test("Bytes may come one at a time, and a message may be spread over records (RFC 5246 §6.2.1)")
    func pieces() {
        let whole = hello(extensions: Self.alpn)
        let message = whole.dropFirst(5)
        let spread = message.flatMap { byte -> [UInt8] in [22, 3, 3, 0, 1, byte] }
        for bytes in [whole, spread] {
            var reader = ServerHello()
            for byte in bytes.dropLast() {
                reader.take([byte])
                #expect(reader.progress == .incomplete)
            }
            reader.take(bytes.suffix(1))
            #expect(reader.progress == .read(applicationProtocol: "acme-tls/1"))
        }
    }

    @Test("An alert, another message or plain text is no ServerHello")
    func unreadable() {
        for bytes in [[21, 3, 3, 0, 2, 2, 40], [22, 3, 3, 0, 4, 11, 0, 0, 0], Array("HTTP/1.1 400 Bad Request".utf8)] {
            var reader = ServerHello()
            reader.take(bytes)
            #expect(reader.progress == .unreadable)
        }
    }

    @Test("No damage crashes the reader")
    func damaged() {
        let whole = hello(extensions: Self.renegotiation + Self.alpn)
        for index in whole.indices {
            for value in [0, 1, 0x7f, 0xff] as [UInt8] {
                var bytes = whole
                bytes[index] = value
                var reader = ServerHello()
                reader.take(bytes)
                reader.take(bytes)
                if case .read(let name) = reader.progress { #expect(name?.utf8.count ?? 0 <= 255) }
            }
        }
    }
}
