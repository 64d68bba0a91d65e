import CairnGateway
import NIOCore
import Synchronization

/// A live body on its way: what there is goes out as fast as the client reads it, and no faster.
///
/// Nothing is kept for a client that does not read but what its channel has taken already. It belongs to the event loop of its
/// connection.
final class LiveFlow {
    /// The most that is written before others on the loop have their turn, in bytes.
    private static let turn = 64 << 10

    /// Whether somebody has called already.
    private final class Bell: Sendable {
        let hasRung = Atomic(false)
    }

    private let body: CairnDelivery.LiveBody
    private let channel: any Channel
    private let connection: Connection
    private var send: ([UInt8]) -> Void
    private var finish: () -> Void
    private let bell = Bell()
    /// `nil` before the beginning and after the end.
    private var source: (any LiveSource)?
    private var timer: Scheduled<Void>?
    /// Whether nothing was sent since the last look.
    private var isSilent = true
    private var isPumping = false

    /// - Parameters:
    ///   - channel: that of the connection or of the stream.
    ///   - send: writes a part of the body without flushing it.
    ///   - finish: ends the body.
    init(
        _ body: CairnDelivery.LiveBody, on channel: any Channel, _ connection: Connection,
        send: @escaping ([UInt8]) -> Void, finish: @escaping () -> Void
    ) {
        (self.body, self.channel, self.connection) = (body, channel, connection)
        (self.send, self.finish) = (send, finish)
    }

    func begin() {
        connection.add(self)
        let (loop, bell) = (channel.eventLoop, bell)
        let flow = NIOLoopBound(self, eventLoop: loop)
        source = body.open {
            guard !bell.hasRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
            loop.execute { flow.value.pump() }
        }
        schedulePulse()
        pump()
    }

    /// Sends what there is, as far as there is room for it.
    func pump() {
        guard !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        bell.hasRung.store(false, ordering: .releasing)
        var sent = 0
        while channel.isWritable, sent < Self.turn, let source {
            switch source.next() {
            case .bytes(let bytes):
                sent += bytes.count
                send(bytes)
            case .nothing: return flush(sent)
            case .end:
                flush(sent)
                return end()
            }
        }
        flush(sent)
        guard source != nil, channel.isWritable else { return }  // It goes on when the channel is writable.
        let flow = NIOLoopBound(self, eventLoop: channel.eventLoop)
        channel.eventLoop.execute { flow.value.pump() }
    }

    private func flush(_ sent: Int) {
        guard sent > 0 else { return }
        isSilent = false
        channel.flush()
    }

    private func schedulePulse() {
        timer = channel.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: body.pulse.interval)) {
            if self.isSilent, self.channel.isWritable {
                self.send(self.body.pulse.bytes)
                self.channel.flush()
            }
            self.isSilent = true
            // Whom nothing can be sent to any more is gone by now.
            guard self.source != nil else { return }
            self.schedulePulse()
        }
    }

    /// Ends the body as HTTP wants it.
    func end() {
        guard source != nil else { return }
        let finish = finish
        cancel()
        finish()
    }

    /// The client has gone.
    func cancel() {
        source?.close()
        source = nil
        timer?.cancel()
        timer = nil
        connection.remove(self)
        (send, finish) = ({ _ in }, {})  // They hold those who hold this.
    }
}
