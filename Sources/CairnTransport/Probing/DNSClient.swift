import CairnDNS
import CairnModel
import CairnValidation
import NIOCore
import NIOPosix
import Synchronization

/// Asks one DNS server one question: over UDP first, and over TCP where that does not do (RFC 7766 §5).
///
/// Every server that harnesses have listens on UDP, and old ones on nothing else, so that comes first. A server that refuses,
/// truncates or garbles its datagrams, or loses two of them, is asked over TCP. There is no EDNS: what is longer than
/// 512 octets comes over TCP, which every resolver understands.
struct DNSClient: Sendable {
    /// What became of one way to ask.
    enum Reply: Sendable {
        case message(DNSMessage)
        case failure(ProbeFailure)
    }

    let probe: DNSProbe
    let server: CairnIPEndpoint
    let message: DNSMessage
    let encoded: [UInt8]

    /// - Throws: ``DNSMessageError`` for a name that no message can carry.
    init(_ probe: DNSProbe, at server: CairnIPEndpoint, id: UInt16) throws {
        (self.probe, self.server) = (probe, server)
        var message = DNSMessage(id: id)
        message.recursionDesired = true
        message.questions = [DNSMessage.Question(probe.name, probe.type)]
        self.message = message
        encoded = try message.serialized()
    }

    /// The message in some bytes, if it is the response to the question (RFC 5452 §9.1).
    func response(in bytes: [UInt8]) -> DNSMessage? {
        guard let response = try? DNSMessage(parsing: bytes), response.isResponse, response.id == message.id,
            response.questions.first.map({ $0.name.key == probe.name.key && $0.type == probe.type }) ?? true
        else { return nil }
        return response
    }

    /// How long a datagram is waited for before the next, or before TCP.
    var patience: Duration { min(.seconds(1), probe.timeout / 4) }

    /// What a response says (RFC 1034 §5.3.3): the CNAME records from the name that was asked for, and the records at their
    /// end.
    func answer(_ response: DNSMessage) -> DNSAnswer {
        var answer = DNSAnswer(question: probe.name, type: probe.type, outcome: .noData)
        let records = response.answers.filter { $0.recordClass == .internet }
        var name = probe.name
        while probe.type != .cname,
            let alias = records.first(where: { $0.record.type == .cname && $0.owner.key == name.key }),
            case .cname(let target) = alias.record.content
        {
            guard answer.chain.count < DNSAnswer.chainLimit else {
                return probe.failed(
                    "the resolver \(probe.resolver) sent more than \(DNSAnswer.chainLimit) CNAME records in a row")
            }
            answer.chain.append(OwnedRecord(name, alias.record))
            name = DNSName(target)
        }
        answer.records = records.filter { $0.owner.key == name.key && $0.record.type == probe.type }.map(\.record)
        switch response.responseCode {
        case .noError: answer.outcome = answer.records.isEmpty ? .noData : .found
        case .nameError:
            answer.outcome = .nameError
            answer.records = []
        case let code:
            answer.outcome = .failed(code)
            (answer.records, answer.reason) = ([], "said the resolver \(probe.resolver)")
        }
        return answer
    }

    /// The answer where there was no response.
    func answer(_ failure: ProbeFailure) -> DNSAnswer {
        let words =
            switch failure {
            case .refused: "refused the connection"
            case .timedOut: "did not answer within \(probe.timeout.text)"
            case .closed: "closed the connection without an answer"
            case .tls(let words), .notHTTP(let words), .other(let words): "could not be asked: \(words)"
            }
        return probe.failed("the resolver \(probe.resolver) \(words)")
    }
}

/// Sends a question in a datagram, once more if nothing comes, and delivers what became of it.
///
/// It belongs to its event loop.
final class DNSDatagramClientHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private static let attempts = 2
    private let client: DNSClient
    private let server: SocketAddress
    private var completion: ((DNSClient.Reply) -> Void)?
    private var sent = 0
    private var timer: Scheduled<Void>?

    init(_ client: DNSClient, at server: SocketAddress, completion: @escaping (DNSClient.Reply) -> Void) {
        (self.client, self.server, self.completion) = (client, server, completion)
    }

    func channelActive(context: ChannelHandlerContext) {
        send(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What is no response to the question may be anybody's.
        guard let response = client.response(in: Array(unwrapInboundIn(data).data.readableBytesView)) else { return }
        finish(context, .message(response))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let failure = ProbeFailure(error, step: "waiting for the answer") { finish(context, .failure(failure)) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context, .failure(.closed("waiting for the answer")))
        context.fireChannelInactive()
    }

    private func send(_ context: ChannelHandlerContext) {
        guard sent < Self.attempts else { return finish(context, .failure(.timedOut("waiting for the answer"))) }
        sent += 1
        let envelope = AddressedEnvelope(
            remoteAddress: server, data: context.channel.allocator.buffer(bytes: client.encoded))
        context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: TimeAmount(bounding: client.patience)) {
            let (handler, context) = bound.value
            if handler.completion != nil { handler.send(context) }
        }
    }

    private func finish(_ context: ChannelHandlerContext, _ reply: DNSClient.Reply) {
        guard let completion else { return }
        self.completion = nil
        timer?.cancel()
        completion(reply)
        context.close(promise: nil)
    }
}

/// Sends a question over a connection and waits for the response (RFC 1035 §4.2.2).
final class DNSStreamClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let client: DNSClient
    private let attempt: ProbeAttempt<DNSClient.Reply>
    private var received: ByteBuffer?

    init(_ client: DNSClient, _ attempt: ProbeAttempt<DNSClient.Reply>) {
        (self.client, self.attempt) = (client, attempt)
    }

    func channelActive(context: ChannelHandlerContext) {
        attempt.step = "waiting for the answer"
        var buffer = context.channel.allocator.buffer(capacity: 2 + client.encoded.count)
        buffer.writeInteger(UInt16(truncatingIfNeeded: client.encoded.count))
        buffer.writeBytes(client.encoded)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        if received?.writeBuffer(&part) == nil { received = part }
        guard let message = received?.readLengthPrefixedSlice(as: UInt16.self) else { return }
        if let response = client.response(in: Array(message.readableBytesView)) {
            attempt.succeed(.message(response))
        } else {
            attempt.fail(.other("expected the response to the question, got something else (RFC 1035 §4.1)"))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        attempt.fail(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        attempt.fail(.closed(attempt.step))
        context.fireChannelInactive()
    }
}
