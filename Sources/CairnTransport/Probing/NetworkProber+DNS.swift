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
            SystemResolver.addresses(of: "\(probe.name)", isV6: probe.type == .aaaa, on: threads) { found in
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
            SystemResolver.addresses(of: host, isV6: nil, on: threads) { [self] found in
                guard !found.addresses.isEmpty else {
                    let reason = "the resolver \(probe.resolver) has no address that this machine knows of"
                    return completion(probe.failed(reason))
                }
                ask(
                    probe, servers: found.addresses.map { CairnIPEndpoint(address: $0, port: port) }[...],
                    completion: completion)
            }
        }
    }

    /// Asks one server after the other, until one answers.
    private func ask(
        _ probe: DNSProbe, servers: ArraySlice<CairnIPEndpoint>, completion: @escaping @Sendable (DNSAnswer) -> Void
    ) {
        guard let server = servers.first else { return completion(probe.failed("this machine names no resolver")) }
        let client: DNSClient
        do { client = try DNSClient(probe, at: server, id: nextQueryID()) } catch {
            return completion(probe.failed("\(error)", .formatError))
        }
        let began = NIODeadline.now()
        datagram(client) { [self] reply in
            if case .message(let response) = reply, !response.isTruncated { return completion(client.answer(response)) }
            let rest = probe.timeout - .nanoseconds((NIODeadline.now() - began).nanoseconds)
            stream(client, within: rest) { [self] reply in
                switch reply {
                case .message(let response): completion(client.answer(response))
                case .failure(let failure):
                    let others = servers.dropFirst()
                    if others.isEmpty { return completion(client.answer(failure)) }
                    ask(probe, servers: others, completion: completion)
                }
            }
        }
    }

    private func datagram(_ client: DNSClient, completion: @escaping @Sendable (DNSClient.Reply) -> Void) {
        guard !isClosing else { return completion(.failure(.other("the prober has been shut down"))) }
        do {
            let address = try client.server.socketAddress
            let ended = Mutex(false)
            /// Delivers the first reply: a socket that fails to connect may say so in two ways.
            @Sendable func deliver(_ reply: DNSClient.Reply) {
                let isFirst = ended.withLock { ended in
                    defer { ended = true }
                    return !ended
                }
                if isFirst { completion(reply) }
            }
            DatagramBootstrap(group: group.next())
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            DNSDatagramClientHandler(client, at: address, completion: deliver))
                    }
                }
                .connect(to: address)
                .whenFailure { error in
                    deliver(.failure(ProbeFailure(error, step: ProbeFailure.connecting) ?? .other("\(error)")))
                }
        } catch {
            completion(.failure(.other("\(error)")))
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
