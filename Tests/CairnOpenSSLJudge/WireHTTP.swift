/// An HTTP/1.1 response as it came.
package struct WireResponse: Sendable {
    package let status: Int
    /// In the order and spelling in which they came.
    package let fields: [(name: String, value: String)]
    package let body: [UInt8]

    /// The value of the first field with a name.
    package subscript(name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// What a server sent that is no response of HTTP/1.1.
package struct NoHTTP: Error, CustomStringConvertible {
    package let description: String
}

/// HTTP/1.1 over connections that are kept for the next request, as ordinary clients keep them (RFC 9112 §9.3).
package final class WireHTTP {
    private let connect: () throws -> Wire
    private var wire: Wire?
    /// What has come of the response that is being read.
    private var buffer: [UInt8] = []
    /// How many connections were made.
    package private(set) var connections = 0

    /// - Parameter address: where to connect, in numbers: `127.0.0.1:14000`.
    package init(at address: String, demands: Wire.Demands?) {
        connect = { try Wire(to: address, demands: demands) }
    }

    /// Sends a request and waits for the whole response.
    package func exchange(
        _ method: String, _ path: String, authority: String, fields: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) throws -> WireResponse {
        let wire = try self.wire ?? connect()
        if self.wire == nil { connections += 1 }
        self.wire = wire
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(authority)\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if !body.isEmpty || method == "POST" { head += "Content-Length: \(body.count)\r\n" }
        try wire.write(Array((head + "\r\n").utf8) + body)
        let response = try read(from: wire, to: method)
        if response["Connection"]?.lowercased() == "close" { (self.wire, buffer) = (nil, []) }
        return response
    }

    private func read(from wire: Wire, to method: String) throws -> WireResponse {
        let lines = try head(from: wire)
        let start = (lines.first ?? "").split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard start.count == 3, start[0] == "HTTP/1.1", let status = Int(start[1]) else {
            throw NoHTTP(description: "expected a status line (RFC 9112 §4), got \(lines.first ?? "")")
        }
        let fields = try lines.dropFirst().map { line in
            guard let colon = line.firstIndex(of: ":") else { throw NoHTTP(description: "no field line: \(line)") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (name: String(line[..<colon]), value: String(value))
        }
        let length = fields.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) }
        guard method != "HEAD", status != 204, status != 304 else {
            return WireResponse(status: status, fields: fields, body: [])
        }
        guard let length else { throw NoHTTP(description: "expected Content-Length (RFC 9112 §6.2), got \(fields)") }
        while buffer.count < length { try more(from: wire) }
        defer { buffer.removeFirst(length) }
        return WireResponse(status: status, fields: fields, body: Array(buffer.prefix(length)))
    }

    private func head(from wire: Wire) throws -> [String] {
        var lines: [String] = []
        while true {
            while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[..<end]
                guard line.last == UInt8(ascii: "\r") else { throw NoHTTP(description: "a line without CRLF") }
                lines.append(String(decoding: line.dropLast(), as: UTF8.self))
                buffer.removeFirst(end + 1)
                if lines.last == "" { return lines.dropLast() }
            }
            try more(from: wire)
        }
    }

    private func more(from wire: Wire) throws {
        let bytes = try wire.read()
        guard !bytes.isEmpty else { throw NoHTTP(description: "the connection ended in the middle of a response") }
        buffer += bytes
    }
}
