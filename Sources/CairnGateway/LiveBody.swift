extension CairnDelivery {
    /// A body that goes on as long as the client listens: what there is goes out as fast as the client reads it.
    ///
    /// It is sent at once and whole, whatever ``pace`` and ``ending`` say, and has no length; HEAD gets the header fields alone.
    package final class LiveBody: Sendable {
        /// Begins; called once, on the event loop of the connection.
        package let open: @Sendable (_ wake: @escaping @Sendable () -> Void) -> any LiveSource
        /// What is sent where there was nothing else to send.
        package let pulse: Pulse

        /// - Parameter open: the source that it makes calls `wake`, on any thread, when it may have something anew.
        package init(
            pulse: Pulse, open: @escaping @Sendable (_ wake: @escaping @Sendable () -> Void) -> any LiveSource
        ) {
            (self.pulse, self.open) = (pulse, open)
        }
    }

    /// A sign of life, so that both sides notice when the other one is gone.
    package struct Pulse: Hashable, Sendable {
        package var bytes: [UInt8]
        /// After how long a silence it is sent, by the time of the machine; it may take twice as long.
        package var interval: Duration

        package init(_ bytes: [UInt8], every interval: Duration) { (self.bytes, self.interval) = (bytes, interval) }
    }
}

/// Where a live body comes from.
///
/// It is asked when there is room for an answer, and keeps nothing for those who are slow.
package protocol LiveSource: Sendable {
    /// What comes next.
    func next() -> LivePortion
    /// Nobody asks any more: the client has gone, the body has ended, or the server stops.
    func close()
}

/// What a live body has to say.
package enum LivePortion: Hashable, Sendable {
    case bytes([UInt8])
    /// Nothing at present.
    case nothing
    /// Nothing ever again.
    case end
}
