import CairnGateway
import CairnModel
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One accepted TCP connection, as the handler nearest to the socket: what it closes is closed at once, below TLS.
///
/// It belongs to the event loop of its channel.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let limits: ConnectionLimits
    private var context: ChannelHandlerContext?
    private var idleTimer: Scheduled<Void>?
    private var lingerTimer: Scheduled<Void>?
    /// Of the handshake or of the head that is under way; never both.
    private var phaseTimer: Scheduled<Void>?
    /// Whether the last word was said: what still comes is thrown away, so that it cannot be kept anywhere.
    private var isDeaf = false
    /// Counts from 1 within a listener, in the order in which connections were accepted.
    var number = 0
    /// Whether it ends because the server does.
    private(set) var isStopping = false
    /// How many exchanges have ended, and how many had ended at the last look.
    private var exchanges = 0
    private var exchangesSeen = 0
    private var exchangesUnderWay = 0
    /// The live bodies that are under way.
    private var flows: [ObjectIdentifier: LiveFlow] = [:]
    /// The address of the client, once it has sent something.
    private(set) lazy var source = CairnIPEndpoint(context?.remoteAddress)?.address.unmapped

    /// Says what becomes of the connection out of turn, once it is accepted.
    var accept: ((_ number: Int, CairnIPAddress?) -> ConnectionVerdict?)?
    /// What becomes of it out of turn.
    private(set) var verdict: ConnectionVerdict?

    init(_ limits: ConnectionLimits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        watchForIdleness(context)
    }

    func channelActive(context: ChannelHandlerContext) {
        verdict = accept?(number, source)
        if verdict == .reset(.accept) { return reset() }
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isDeaf { context.fireChannelRead(data) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        for timer in [idleTimer, lingerTimer, phaseTimer] { timer?.cancel() }
        (idleTimer, lingerTimer, phaseTimer, context) = (nil, nil, nil, nil)
    }
}

// MARK: - Idleness

extension Connection {
    /// A whole request has come, and its answer is under way: until ``exchangeEnded()`` the silence is ours.
    func exchangeBegan() { exchangesUnderWay += 1 }

    func exchangeEnded() {
        exchangesUnderWay -= 1
        exchanges &+= 1
    }

    /// Bytes do not count, only exchanges: a client that sends one byte a minute is idle.
    ///
    /// One look every timeout reads no clock and moves no timer on a request's path; a connection is closed after one to
    /// two timeouts.
    private func watchForIdleness(_ context: ChannelHandlerContext) {
        guard limits.idle > .zero else { return }
        idleTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: limits.idle)) {
            guard let context = self.context else { return }
            if self.exchangesUnderWay == 0, self.exchanges == self.exchangesSeen {
                self.hangUp()
            } else {
                self.exchangesSeen = self.exchanges
                self.watchForIdleness(context)
            }
        }
    }
}

// MARK: - Live bodies

extension Connection {
    /// A live body is under way until it is removed.
    func add(_ flow: LiveFlow) { flows[ObjectIdentifier(flow)] = flow }

    func remove(_ flow: LiveFlow) { flows[ObjectIdentifier(flow)] = nil }
}

// MARK: - Handshakes and heads

extension Connection {
    /// The client has to finish its handshake in time, or is hung up on.
    func handshakeBegan() {
        begin(limits.handshake) { self.hangUp() }
    }

    /// The client has to finish the head of its request in time.
    func headBegan(_ timedOut: @escaping () -> Void) {
        guard phaseTimer == nil else { return }
        begin(limits.head, timedOut)
    }

    /// The handshake or the head is complete, or is not waited for any more.
    func phaseEnded() {
        phaseTimer?.cancel()
        phaseTimer = nil
    }

    private func begin(_ limit: Duration, _ timedOut: @escaping () -> Void) {
        phaseEnded()
        guard limit > .zero, let context else { return }
        phaseTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: limit)) {
            self.phaseTimer = nil
            timedOut()
        }
    }
}

extension Connection {
    /// Ends the handshake that begins if a rule says so; tells whether it did.
    func endsHandshake() -> Bool {
        switch verdict {
        case .reset(.handshake): reset()
        case .alert(let alert): refuseHandshake(with: alert.number, isFatal: alert != .closeNotify)
        default: return false
        }
        return true
    }

    /// Ends a handshake to which nothing has been answered yet with an alert in the clear (RFC 8446 §5.1, §6).
    func refuseHandshake(with alert: UInt8, isFatal: Bool = true) {
        guard let context else { return }
        phaseEnded()
        let record = ByteBuffer(bytes: [21, 3, 3, 0, 2, isFatal ? 2 : 1, alert])
        context.writeAndFlush(NIOAny(record), promise: nil)
        closeInGoodOrder()
    }
}

// MARK: - Closing

extension Connection {
    /// Says goodbye (`close_notify`, FIN) and closes, whether or not the client has anything to add.
    func hangUp() {
        guard let context else { return }
        isDeaf = true
        context.channel.close(mode: .output, promise: nil)
        self.context?.close(promise: nil)
    }

    /// Hangs up because the server ends; live bodies come to their end before.
    func stop() {
        isStopping = true
        for flow in flows.values { flow.end() }
        hangUp()
    }

    /// Says goodbye after what has been written, then reads on until the client closes or the linger timeout is over.
    ///
    /// To close with unread bytes makes the kernel send a reset, which can overtake the response (RFC 9112 §9.6).
    func closeInGoodOrder() {
        guard let context, lingerTimer == nil else { return }
        lingerTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: limits.linger)) {
            self.context?.close(promise: nil)
        }
        isDeaf = true
        context.channel.close(mode: .output, promise: nil)
    }

    /// Sends a TCP RST instead of any goodbye.
    func reset() {
        guard let context else { return }
        if let socket = context.channel as? any SocketOptionProvider {
            // On the event loop the option is set before the call returns.
            _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        context.close(promise: nil)
    }
}

extension TimeAmount {
    /// A duration as a delay, at most a year: NIO's deadlines overflow beyond some centuries.
    init(bounding duration: Duration) {
        self.init(min(max(duration, .zero), .seconds(365 * 86_400)))
    }
}

/// The open connections of one listener, on whatever event loops they live.
final class Connections: Sendable {
    private struct State {
        var isClosing = false
        /// How many were ever let in.
        var count = 0
        var open: [ObjectIdentifier: (channel: any Channel, connection: NIOLoopBound<Connection>)] = [:]
    }

    private let state = Mutex(State())

    /// Whether nobody is let in any more.
    var isClosing: Bool { state.withLock { $0.isClosing } }

    /// Adds a connection until its channel closes.
    ///
    /// `false` if the listener is closing: the caller must refuse it.
    func add(_ connection: Connection, of channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let number: Int? = state.withLock { state in
            guard !state.isClosing else { return nil }
            state.open[id] = (channel, bound)
            state.count += 1
            return state.count
        }
        if let number {
            connection.number = number
            channel.closeFuture.whenComplete { _ in
                self.state.withLock { _ = $0.open.removeValue(forKey: id) }
            }
        }
        return number != nil
    }

    /// Lets connections in again, after ``close()``.
    func reopen() { state.withLock { $0.isClosing = false } }

    /// Hangs up on everybody, lets nobody in any more, and returns when every socket is closed.
    func close() async {
        let open = state.withLock { state in
            state.isClosing = true
            return Array(state.open.values)
        }
        for (channel, connection) in open {
            channel.eventLoop.execute { connection.value.stop() }
        }
        for (channel, _) in open {
            try? await channel.closeFuture.get()
        }
    }
}

/// How long a connection may take for what; zero is for ever.
package struct ConnectionLimits: Hashable, Sendable {
    /// For the TLS handshake.
    ///
    /// Default: 1 minute.
    package var handshake: Duration
    /// For the request line and the header fields of an HTTP/1 request, from its first octet that came alone.
    ///
    /// Default: 1 minute.
    package var head: Duration
    /// Without an exchange that ended; it may take twice as long.
    ///
    /// Octets of an unfinished request do not count; a wait of our own does. Default: 2 minutes.
    package var idle: Duration
    /// For the client to close after the server has closed.
    ///
    /// Default: 1 second.
    package var linger: Duration

    package init(
        handshake: Duration = .seconds(60), head: Duration = .seconds(60), idle: Duration = .seconds(120),
        linger: Duration = .seconds(1)
    ) {
        (self.handshake, self.head, self.idle, self.linger) = (handshake, head, idle, linger)
    }
}
