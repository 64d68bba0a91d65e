package import CairnDNS
import CairnModel
package import CairnValidation
import NIOCore
import NIOPosix
import Synchronization

extension NetworkProber {
    package func lookUp(_ probe: DNSProbe, completion: @escaping @Sendable (DNSAnswer) -> Void) {
        switch probe.resolver.kind {
        case .system where probe.type == .a || probe.type == .aaaa:
            // Files for hosts count, as they do for everything else on the machine.
            addresses(of: "\(probe.name)", isV6: probe.type == .aaaa, within: probe.timeout) { found in
                var answer = DNSAnswer(question: probe.name, type: probe.type, outcome: found.outcome)
                answer.records = found.addresses.map { .address($0) }
                answer.reason = found.reason
                completion(answer)
            }
        case .system:
            ask(probe, servers: SystemResolver.servers[...], completion: completion)
        case .server(let host, let port):
            if let address = CairnIPAddress(host) {
                return ask(
                    probe, servers: [CairnIPEndpoint(address: address, port: port)], completion: completion)
            }
            let began = NIODeadline.now()
            addresses(of: host, isV6: nil, within: probe.timeout) { [self] found in
                guard !found.addresses.isEmpty else {
                    let reason = "the resolver \(probe.resolver) has no address that this machine knows of"
                    return completion(probe.failed(reason))
                }
                var rest = probe
                rest.timeout -= .since(began)
                ask(
                    rest, servers: found.addresses.map { CairnIPEndpoint(address: $0, port: port) }[...],
                    completion: completion)
            }
        }
    }

    /// Asks the machine, and waits no longer than that.
    private func addresses(
        of name: String, isV6: Bool?, within timeout: Duration,
        completion: @escaping @Sendable (SystemResolver.Found) -> Void
    ) {
        let over = SystemResolver.Found(outcome: .failed(.serverFailure), reason: "the CA was shut down")
        guard let loop = beginProbe() else { return completion(over) }
        let first = FirstOutcome<SystemResolver.Found> { [self] found in
            completion(found)
            probeEnded()
        }
        guard let number = onShutdown({ first.deliver(over) }) else { return first.deliver(over) }
        let timer = loop.scheduleTask(in: TimeAmount(bounding: timeout)) { [self] in
            forget(number)
            first.deliver(
                SystemResolver.Found(outcome: .timedOut, reason: "this machine did not answer within \(timeout.text)"))
        }
        SystemResolver.addresses(of: name, isV6: isV6, on: threads) { [self] found in
            timer.cancel()
            forget(number)
            first.deliver(found)
        }
    }

    /// Asks one server after the other, each for its share of the time, until one answers.
    private func ask(
        _ probe: DNSProbe, servers: ArraySlice<CairnIPEndpoint>, completion: @escaping @Sendable (DNSAnswer) -> Void
    ) {
        guard let server = servers.first else { return completion(probe.failed("this machine names no resolver")) }
        var share = probe
        share.timeout /= servers.count
        let client: DNSClient
        do { client = try DNSClient(share, at: server, id: nextQueryID()) } catch {
            return completion(probe.failed("\(error)", .formatError))
        }
        let began = NIODeadline.now()
        datagram(client) { [self] reply in
            if case .message(let response) = reply, !response.isTruncated { return completion(client.answer(response)) }
            stream(client, within: client.probe.timeout - .since(began)) { [self] reply in
                switch reply {
                case .message(let response): completion(client.answer(response))
                case .failure(let failure):
                    let others = servers.dropFirst()
                    if others.isEmpty { return completion(client.answer(failure)) }
                    var rest = probe
                    rest.timeout -= .since(began)
                    ask(rest, servers: others, completion: completion)
                }
            }
        }
    }

    private func datagram(_ client: DNSClient, completion: @escaping @Sendable (DNSClient.Reply) -> Void) {
        guard let loop = beginProbe() else { return completion(.failure(.shutDown)) }
        // A socket that fails to connect may say so in two ways.
        let first = FirstOutcome<DNSClient.Reply> { [self] reply in
            completion(reply)
            probeEnded()
        }
        do {
            let address = try client.server.socketAddress
            DatagramBootstrap(group: loop)
                .channelInitializer { [connections] channel in
                    channel.eventLoop.makeCompletedFuture {
                        let connection = Connection(ConnectionLimits(idle: .zero))
                        guard connections.add(connection, of: channel) else { throw ChannelError.eof }
                        try channel.pipeline.syncOperations.addHandlers([
                            connection, DNSDatagramClientHandler(client, at: address) { first.deliver($0) },
                        ])
                    }
                }
                .connect(to: address)
                .whenFailure { error in
                    first.deliver(
                        .failure(ProbeFailure(error, step: ProbeFailure.connecting) ?? .other("\(error)")))
                }
        } catch {
            first.deliver(.failure(.other("\(error)")))
        }
    }

    private func stream(
        _ client: DNSClient, within timeout: Duration, completion: @escaping @Sendable (DNSClient.Reply) -> Void
    ) {
        guard timeout > .zero else { return completion(.failure(.timedOut(ProbeFailure.connecting))) }
        start(to: client.server, within: timeout, failure: { .failure($0) }, completion: completion) {
            pipeline, attempt in
            try pipeline.addHandler(DNSStreamClientHandler(client, attempt))
        }
    }
}

/// Hands on the first of several outcomes.
private final class FirstOutcome<Outcome: Sendable>: Sendable {
    private let completion: Mutex<(@Sendable (Outcome) -> Void)?>

    init(_ completion: @escaping @Sendable (Outcome) -> Void) { self.completion = Mutex(completion) }

    func deliver(_ outcome: Outcome) {
        let first = completion.withLock { completion in
            defer { completion = nil }
            return completion
        }
        first?(outcome)
    }
}

extension Duration {
    /// The time that has passed.
    fileprivate static func since(_ time: NIODeadline) -> Duration {
        .nanoseconds((NIODeadline.now() - time).nanoseconds)
    }
}
