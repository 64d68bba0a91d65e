/// HTTP/2 over TLS as it stands on the wire, frame by frame (RFC 9113 §4).
///
/// It knows no more of HPACK than it needs: it asks in literals, has the server keep no table, and reads of a response the status.
package final class WireHTTP2 {
    package struct Frame: Sendable {
        package enum Kind: UInt8, Sendable {
            case data = 0
            case headers, priority, resetStream, settings, pushPromise, ping, goAway, windowUpdate, continuation
        }

        package let kind: Kind
        let flags: UInt8
        package let stream: Int
        package let payload: [UInt8]

        /// Whether its stream ends with it.
        package var isLast: Bool { (kind == .data || kind == .headers) && flags & 1 != 0 }

        /// Four octets of the payload as a number.
        func number(at index: Int = 0) -> Int { payload.dropFirst(index).prefix(4).reduce(0) { $0 << 8 | Int($1) } }
    }

    /// How a stream ended.
    package enum Ending: Hashable, Sendable {
        case complete
        /// RST_STREAM (RFC 9113 §6.4), with its code.
        case reset(Int)
        /// The connection was closed in good order.
        case closed
        /// The connection broke, by a TCP RST or without `close_notify`.
        case broken(isReset: Bool)
    }

    package struct Response: Sendable {
        package var status: Int?
        /// How many times header fields came.
        package var heads = 0
        package var body: [UInt8] = []
        /// `nil` as long as there is more to come.
        package var ending: Ending?

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Error codes (RFC 9113 §7).
    package static let internalError = 2
    package static let cancel = 8

    private let wire: Wire
    private var buffer: [UInt8] = []
    private var streams = -1
    private var responses: [Int: Response] = [:]
    /// Whether the connection was reset, which the system tells once: to whoever reads or writes first.
    private var isReset = false
    /// The last stream and the code of a GOAWAY, once one has come.
    package private(set) var goAway: (lastStream: Int, code: Int)?

    /// - Parameter address: where to connect, in numbers: `127.0.0.1:14000`.
    package init(at address: String, demands: Wire.Demands) throws {
        var demands = demands
        demands.applicationProtocols = ["h2"]
        wire = try Wire(to: address, demands: demands)
        guard wire.applicationProtocol == "h2" else { throw NoHTTP(description: "expected h2 by ALPN (RFC 9113 §3.2)") }
        try wire.write(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Self.frame(.settings, [0, 1, 0, 0, 0, 0]))
    }

    // MARK: Requests

    /// Sends a request, and returns the number of its stream.
    package func send(
        _ method: String, _ path: String, authority: String = "localhost",
        fields: [(name: String, value: String)] = [], body: [UInt8] = []
    ) throws -> Int {
        streams += 2
        let head = [(":method", method), (":scheme", "https"), (":authority", authority), (":path", path)] + fields
        let block = head.reduce(into: [UInt8]()) { $0 += [0] + Self.literal($1.0) + Self.literal($1.1) }
        var octets = Self.frame(.headers, block, flags: body.isEmpty ? 5 : 4, stream: streams)
        if !body.isEmpty { octets += Self.frame(.data, body, flags: 1, stream: streams) }
        try wire.write(octets)
        responses[streams] = Response()
        return streams
    }

    /// Gives a stream up (RFC 9113 §6.4).
    package func cancel(_ stream: Int) throws {
        try wire.write(Self.frame(.resetStream, [0, 0, 0, UInt8(Self.cancel)], stream: stream))
    }

    /// What has come to a request when that is enough, or when its stream has ended.
    package func response(
        to stream: Int, until isEnough: (Response) -> Bool = { _ in false }
    ) throws -> Response {
        while true {
            let response = responses[stream] ?? Response()
            if response.ending != nil || isEnough(response) { return response }
            do {
                guard let frame = try next() else {
                    end(.closed)
                    continue
                }
                try take(frame)
            } catch let error as OpenSSLError {
                end(.broken(isReset: error.isReset || isReset))
            }
        }
    }

    /// Waits for the end of the connection, and tells whether that was in good order.
    package func close() throws -> Ending {
        do {
            while let frame = try next() { try take(frame) }
            return .closed
        } catch let error as OpenSSLError {
            return .broken(isReset: error.isReset || isReset)
        }
    }

    // MARK: Frames

    private func end(_ ending: Ending) {
        for (stream, response) in responses where response.ending == nil { responses[stream]?.ending = ending }
    }

    private func take(_ frame: Frame) throws {
        switch frame.kind {
        case .headers:
            responses[frame.stream]?.heads += 1
            responses[frame.stream]?.status = Self.status(in: frame.payload)
        case .data: responses[frame.stream]?.body += frame.payload
        case .resetStream: responses[frame.stream]?.ending = .reset(frame.number())
        case .goAway: goAway = (frame.number(), frame.number(at: 4))
        case .priority, .settings, .pushPromise, .ping, .windowUpdate, .continuation: break
        }
        if frame.isLast { responses[frame.stream]?.ending = .complete }
    }

    /// The next frame, answered if it needs to be; `nil` once the server has closed in good order.
    private func next() throws -> Frame? {
        while buffer.count < 9 || buffer.count < 9 + Self.length(of: buffer) {
            let octets = try wire.read()
            if octets.isEmpty { return nil }
            buffer += octets
        }
        let length = Self.length(of: buffer)
        guard let kind = Frame.Kind(rawValue: buffer[3]) else { throw NoHTTP(description: "frame \(buffer[3])") }
        let stream = buffer[5..<9].reduce(0) { $0 << 8 | Int($1) }
        let frame = Frame(kind: kind, flags: buffer[4], stream: stream, payload: Array(buffer[9..<(9 + length)]))
        buffer.removeFirst(9 + length)
        switch kind {
        case .settings where frame.flags & 1 == 0: answer(Self.frame(.settings, [], flags: 1))
        case .ping where frame.flags & 1 == 0: answer(Self.frame(.ping, frame.payload, flags: 1))
        case .data where length > 0:
            let more = (0..<4).reversed().map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
            answer(Self.frame(.windowUpdate, more) + Self.frame(.windowUpdate, more, stream: stream))
        default: break
        }
        return frame
    }

    /// The server may have closed already, and what it sent before is still to be read.
    private func answer(_ octets: [UInt8]) {
        do { try wire.write(octets) } catch { isReset = isReset || (error as? OpenSSLError)?.isReset == true }
    }

    private static func length(of head: [UInt8]) -> Int { head.prefix(3).reduce(0) { $0 << 8 | Int($1) } }

    private static func frame(
        _ kind: Frame.Kind, _ payload: [UInt8], flags: UInt8 = 0, stream: Int = 0
    ) -> [UInt8] {
        let length = (0..<3).reversed().map { UInt8(truncatingIfNeeded: payload.count >> (8 * $0)) }
        let number = (0..<4).reversed().map { UInt8(truncatingIfNeeded: stream >> (8 * $0)) }
        return length + [kind.rawValue, flags] + number + payload
    }

    // MARK: Header fields

    /// A string literal without Huffman's code (RFC 7541 §5.2).
    private static func literal(_ text: String) -> [UInt8] {
        var rest = text.utf8.count
        guard rest >= 127 else { return [UInt8(rest)] + Array(text.utf8) }
        var length: [UInt8] = [127]
        rest -= 127
        while rest >= 128 {
            length.append(UInt8(rest % 128 + 128))
            rest /= 128
        }
        return length + [UInt8(rest)] + Array(text.utf8)
    }

    /// The status, which comes first (RFC 9113 §8.3.2).
    private static func status(in block: [UInt8]) -> Int? {
        // The server says that it keeps no table (RFC 7541 §6.3).
        let block = block.drop { $0 & 0xe0 == 0x20 }
        guard let first = block.first else { return nil }
        if first & 0x80 != 0 {
            let known = [8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500]
            return known[Int(first & 0x7f)]
        }
        guard first & 0x0f == 8, let length = block.dropFirst().first else { return nil }
        let octets = block.dropFirst(2).prefix(Int(length & 0x7f))
        guard length & 0x80 != 0 else { return Int(String(decoding: octets, as: UTF8.self)) }
        return digits(huffman: octets)
    }

    /// Three digits in Huffman's code (RFC 7541, appendix B).
    private static func digits(huffman octets: some Collection<UInt8>) -> Int? {
        var bits = octets.reduce(into: [UInt8]()) { bits, octet in
            bits += (0..<8).reversed().map { octet >> $0 & 1 }
        }[...]
        var number = 0
        for _ in 0..<3 {
            let five = bits.prefix(5).reduce(0) { $0 << 1 | Int($1) }
            if five < 3 {
                number = number * 10 + five
                bits = bits.dropFirst(5)
            } else {
                let six = bits.prefix(6).reduce(0) { $0 << 1 | Int($1) }
                guard (25...31).contains(six) else { return nil }
                number = number * 10 + six - 22
                bits = bits.dropFirst(6)
            }
        }
        return number
    }
}
