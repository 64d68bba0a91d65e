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
