extension CairnDNSTable {
    /// How a message came, and so how long its answer may be.
    package enum Transport: Hashable, Sendable {
        /// In a datagram: 512 octets, or what EDNS allows (RFC 1035 §4.2.1, RFC 6891 §6.2.5).
        case udp
        /// In a stream: 65,535 octets, without the two octets of length before the message (RFC 1035 §4.2.2).
        case tcp
        /// In a request of HTTP, which has no shorter limit (RFC 8484 §6), by its `User-Agent`.
        case https(agent: String?)
    }

    /// The size of datagram that the table says it can take: small enough never to be fragmented (RFC 9715 §3.1).
    private static let payloadSize: UInt16 = 1232
    /// The longest datagram that is sent, whatever the client offers: what the servers in use take for their own limit.
    private static let longestDatagram = 4096

    /// Answers a DNS message from the table, as an authoritative server that also offers recursion, so that resolvers and
    /// `dig` are content alike.
    ///
    /// `nil` for what must not be answered: a message that is itself a response, or is shorter than a header. Everything
    /// else has an answer: `FORMERR` for what cannot be read or does not have one question (RFC 9619), `NOTIMP` for other
    /// opcodes and meta-types, `REFUSED` for other classes and for zone transfers, `BADVERS` for an EDNS version above 0.
    /// An answer that is too long for a datagram, by what the client offers or by 4096 octets, is sent without records and
    /// with `TC`. One that is too long for a stream is `SERVFAIL` there. `ANY` has the short answer of RFC 8482 §4.2.
    ///
    /// - Parameter message: without the length that goes before it in a stream.
    package func respond(to message: [UInt8], transport: Transport) -> [UInt8]? {
        guard message.count >= DNSMessage.headerLength, let header = try? DNSMessage(headerOf: message),
            !header.isResponse
        else { return nil }
        var response = DNSMessage(id: header.id)
        response.isResponse = true
        response.opcode = header.opcode
        response.recursionDesired = header.recursionDesired
        response.recursionAvailable = true
        response.checkingDisabled = header.checkingDisabled

        guard header.opcode == 0 else { return response.serialized(failing: .notImplemented) }
        guard let query = try? DNSMessage(parsing: message), let question = query.questions.first,
            query.questions.count == 1
        else { return response.serialized(failing: .formatError) }
        response.questions = [question]
        if let offered = query.edns {
            var edns = DNSMessage.EDNS(payloadSize: Self.payloadSize)
            edns.wantsDNSSEC = offered.wantsDNSSEC
            response.edns = edns
        }

        let (source, agent) = transport.origin
        if let refusal = Self.refusal(of: query, question) {
            refuse(question.name, question.type, refusal, from: source, agent: agent)
            return response.serialized(failing: refusal)
        }
        response.fill(with: resolve(question.name, question.type, from: source, agent: agent))
        let limit =
            transport == .udp
            ? min(max(512, Int(query.edns?.payloadSize ?? 512)), Self.longestDatagram) : DNSMessage.longestInStream
        do throws(DNSMessageError) {
            return try response.serialized(limit: limit)
        } catch {
            // RFC 2181 §9: what does not fit is asked for again over TCP.
            return error.isTooLong && transport == .udp
                ? response.truncated() : response.serialized(failing: .serverFailure)
        }
    }

    /// Why a question is not even looked up.
    private static func refusal(of query: DNSMessage, _ question: DNSMessage.Question) -> CairnDNSResponseCode? {
        if let version = query.edns?.version, version > 0 { return .badVersion }
        guard question.recordClass == .internet else { return .refused }
        switch question.type {
        case .axfr, .ixfr: return .refused
        // TKEY, TSIG, MAILB and MAILA (RFC 6895 §3.1).
        case .opt: return .notImplemented
        default: return [249, 250, 253, 254].contains(question.type.rawValue) ? .notImplemented : nil
        }
    }
}

extension CairnDNSTable.Transport {
    /// How the history calls it, and who it says has asked.
    fileprivate var origin: (source: CairnDNSQuery.Source, agent: String?) {
        switch self {
        case .udp: (.udp, nil)
        case .tcp: (.tcp, nil)
        case .https(let agent): (.https, agent)
        }
    }
}

extension DNSMessage {
    /// Takes in what a question leads to.
    fileprivate mutating func fill(with answer: DNSAnswer) {
        // RFC 1035 §4.1.1: AA is about the name that was asked for; a server that failed has no authority to speak of.
        if case .failed = answer.outcome {} else { isAuthoritative = true }
        responseCode = answer.responseCode
        answers = answer.chain.map { ResourceRecord($0.owner, $0.record) }
        let owner = answer.canonicalName
        answers += answer.records.map { ResourceRecord(owner, $0) }
        authorities = answer.authority.map { [Self.negative($0)] } ?? []
    }

    /// The SOA of a negative answer lives no longer than what it tells (RFC 2308 §3).
    private static func negative(_ authority: OwnedRecord) -> ResourceRecord {
        var record = authority.record
        if case .soa(let start) = record.content { record.timeToLive = min(record.timeToLive, start.minimum) }
        return ResourceRecord(authority.owner, record)
    }

    fileprivate func serialized(failing code: CairnDNSResponseCode) -> [UInt8]? {
        var failure = self
        failure.responseCode = code
        failure.isAuthoritative = false
        (failure.answers, failure.authorities) = ([], [])
        return try? failure.serialized()
    }

    /// The message without records, so that the client asks again over TCP (RFC 2181 §9).
    fileprivate func truncated() -> [UInt8]? {
        var short = self
        short.isTruncated = true
        (short.answers, short.authorities) = ([], [])
        return try? short.serialized()
    }
}
