package import CairnModel
import Synchronization

/// What is sent for a DNS message.
package struct DNSReply: Hashable, Sendable {
    /// The messages in their order: one, but for transfers of zones that are too long for one.
    package var messages: [[UInt8]]
    /// How long to wait before they are sent.
    package var delay: Duration

    package init(messages: [[UInt8]], delay: Duration = .zero) { (self.messages, self.delay) = (messages, delay) }
}

extension CairnDNSTable {
    /// How a message came, and so how long its answer may be.
    package enum Transport: Hashable, Sendable {
        /// In a datagram: 512 octets, or what EDNS allows (RFC 1035 §4.2.1, RFC 6891 §6.2.5).
        case udp
        /// In a stream: 65,535 octets, without the two octets of length before the message (RFC 1035 §4.2.2).
        case tcp
        /// In a request of HTTP, which has no shorter limit (RFC 8484 §6), by its `User-Agent`.
        case https(agent: String?)

        /// Who asks by a message that came so.
        fileprivate func asker(at client: CairnIPEndpoint?) -> DNSAsker {
            switch self {
            case .udp: return DNSAsker(.udp, client: client)
            case .tcp: return DNSAsker(.tcp, client: client)
            case .https(let agent):
                var asker = DNSAsker(.https, client: client)
                asker.userAgent = agent
                return asker
            }
        }
    }

    /// The size of datagram that the table says it can take: small enough never to be fragmented (RFC 9715 §3.1).
    private static let payloadSize: UInt16 = 1232
    /// The longest datagram that is sent, whatever the client offers: what the servers in use take for their own limit.
    private static let longestDatagram = 4096
    /// The opcode of updates (RFC 2136 §1.3).
    private static let updateOpcode: UInt8 = 5

    /// Answers a DNS message from the table, as an authoritative server that also offers recursion, so that resolvers and
    /// `dig` are content alike.
    ///
    /// `nil` for what is not answered: a message that is itself a response, or is shorter than a header, and what a script
    /// leaves without an answer. Everything else has an answer: `FORMERR` for what cannot be read or does not have one
    /// question (RFC 9619), `NOTIMP` for other opcodes and meta-types, `REFUSED` for other classes, for updates and transfers
    /// that ``updates`` does not allow, `NOTAUTH` for signatures that are not good, `BADVERS` for an EDNS version above 0. An
    /// answer that is too long for a datagram, by what the client offers or by 4096 octets, is sent without records and with
    /// `TC`. One that is too long for a stream is `SERVFAIL` there. `ANY` has the short answer of RFC 8482 §4.2.
    ///
    /// - Parameters:
    ///   - message: without the length that goes before it in a stream.
    ///   - client: where it came from, for the history.
    package func reply(
        to message: [UInt8], transport: Transport, from client: CairnIPEndpoint? = nil
    ) -> DNSReply? {
        guard message.count >= DNSMessage.headerLength, let header = try? DNSMessage(headerOf: message),
            !header.isResponse
        else { return nil }
        var response = DNSMessage(id: header.id)
        response.isResponse = true
        response.opcode = header.opcode
        response.recursionDesired = header.recursionDesired
        response.checkingDisabled = header.checkingDisabled
        response.recursionAvailable = header.opcode != Self.updateOpcode

        guard header.opcode == 0 || header.opcode == Self.updateOpcode else {
            return response.reply(failing: .notImplemented)
        }
        let query: DNSMessage
        do throws(DNSMessageError) {
            query = try DNSMessage(parsing: message)
        } catch {
            if header.opcode == Self.updateOpcode { note(.formatError, error.description, transport, client) }
            return response.reply(failing: .formatError)
        }
        if let offered = query.edns {
            var edns = DNSMessage.EDNS(payloadSize: Self.payloadSize)
            edns.wantsDNSSEC = offered.wantsDNSSEC
            response.edns = edns
        }
        response.questions = query.questions
        var asker = transport.asker(at: client)
        var signature = TSIGAnswer.nothing
        if let refusal = check(query, message, &signature) {
            note(refusal.code, refusal.reason, of: query, asker)
            return response.reply(failing: refusal.code, signature)
        }
        asker.key = signature.key
        if let version = query.edns?.version, version > 0 {
            note(.badVersion, "expected EDNS version 0, got \(version) (RFC 6891 §6.1.3)", of: query, asker)
            return response.reply(failing: .badVersion, signature)
        }
        return header.opcode == Self.updateOpcode
            ? update(query, response, asker, signature) : answer(query, response, transport, asker, signature)
    }

    /// The message that answers a message, without a delay that scripts may want; see ``reply(to:transport:from:)``.
    package func respond(to message: [UInt8], transport: Transport) -> [UInt8]? {
        reply(to: message, transport: transport)?.messages.first
    }

    // MARK: Signatures

    /// Looks at the signature of a request (RFC 8945 §5.2); returns why it is not good, if it is not.
    private func check(
        _ query: DNSMessage, _ message: [UInt8], _ answer: inout TSIGAnswer
    ) -> ZoneUpdate.Refusal? {
        guard let signature = query.signature else { return nil }
        let verdict = TSIGVerdict(
            signature.record, at: signature.start, of: message, keys: updates.keys,
            now: UInt64(max(0, now().secondsSinceEpoch)))
        switch verdict {
        case .genuine(let session):
            answer = .signed(session)
            return nil
        case .malformed(let reason): return ZoneUpdate.Refusal(.formatError, reason)
        case .unsigned(let record, let reason):
            answer = .unsigned(record)
            return ZoneUpdate.Refusal(.notAuthoritative, reason)
        case .refused(let session, let reason):
            answer = .signed(session)
            return ZoneUpdate.Refusal(.notAuthoritative, reason)
        }
    }

    // MARK: Questions

    private func answer(
        _ query: DNSMessage, _ response: DNSMessage, _ transport: Transport, _ asker: DNSAsker, _ signature: TSIGAnswer
    ) -> DNSReply? {
        guard let question = query.questions.first, query.questions.count == 1 else {
            var response = response
            (response.questions, response.edns) = ([], nil)
            return response.reply(failing: .formatError, signature)
        }
        var (response, asker, signature) = (response, asker, signature)
        asker.questionClass = question.recordClass
        if let refusal = Self.refusal(of: query, question) {
            refuse(question, refusal, for: asker)
            return response.reply(failing: refusal, signature)
        }
        if question.type == .axfr, transport == .tcp { return transfer(question, response, asker, signature) }
        if question.type == .axfr || question.type == .ixfr {
            refuse(question, .refused, for: asker)
            return response.reply(failing: .refused, signature)
        }
        let answer = resolve(question.name, question.type, for: asker)
        guard answer.outcome != .timedOut else { return nil }
        response.fill(with: answer)
        let limit =
            transport == .udp
            ? min(max(512, Int(query.edns?.payloadSize ?? 512)), Self.longestDatagram) : DNSMessage.longestInStream
        let bytes: [UInt8]?
        if answer.isTruncated, transport == .udp {
            bytes = response.truncated()
        } else {
            do throws(DNSMessageError) {
                bytes = try response.serialized(limit: limit - signature.length)
            } catch {
                // RFC 2181 §9: what does not fit is asked for again over TCP.
                bytes =
                    error.isTooLong && transport == .udp
                    ? response.truncated() : response.serialized(failing: .serverFailure)
            }
        }
        return bytes.map { DNSReply(messages: [signature.finish($0)], delay: answer.delay) }
    }

    /// Why a question is not even looked up.
    private static func refusal(of query: DNSMessage, _ question: DNSMessage.Question) -> CairnDNSResponseCode? {
        guard question.recordClass == .internet else { return .refused }
        // OPT, TKEY, TSIG, MAILB and MAILA (RFC 6895 §3.1).
        return [41, 249, 250, 253, 254].contains(question.type.rawValue) ? .notImplemented : nil
    }

    // MARK: Transfers

    /// Hands a zone over (RFC 5936 §2.2).
    private func transfer(
        _ question: DNSMessage.Question, _ response: DNSMessage, _ asker: DNSAsker, _ signature: TSIGAnswer
    ) -> DNSReply? {
        var (response, signature) = (response, signature)
        let (updates, zone) = state.withLock { ($0.updates, $0.zone) }
        let isAllowed =
            switch updates.transfers {
            case .refused: false
            case .signed: asker.key != nil
            case .open: true
            }
        guard isAllowed else {
            let reason = updates.transfers == .signed ? "expected a signature of a known key, got none" : nil
            refuse(question, .refused, reason, for: asker)
            return response.reply(failing: .refused, signature)
        }
        guard let records = zone.transfer(of: question.name) else {
            refuse(question, .notAuthoritative, "there is no zone of that name (RFC 5936 §2.2.1)", for: asker)
            return response.reply(failing: .notAuthoritative, signature)
        }
        response.isAuthoritative = true
        let messages: [[UInt8]]
        do throws(DNSMessageError) {
            messages = try response.transferring(records[...], reserve: signature.length)
        } catch {
            refuse(question, .serverFailure, error.description, for: asker)
            return response.reply(failing: .serverFailure, signature)
        }
        var answer = DNSAnswer(question: question.name, type: question.type, outcome: .found)
        answer.records = records.map(\.record)
        let now = now()
        state.withLock { $0.record(answer, for: asker, at: now) }
        return DNSReply(messages: messages.map { signature.finish($0) })
    }

    // MARK: Updates

    /// Carries out an update, or refuses it (RFC 2136 §3).
    private func update(
        _ query: DNSMessage, _ response: DNSMessage, _ asker: DNSAsker, _ signature: TSIGAnswer
    ) -> DNSReply? {
        let now = now()
        let code = state.withLock { state -> CairnDNSResponseCode in
            var (code, reason): (CairnDNSResponseCode, String?) = (.noError, nil)
            var changes: [CairnDNSUpdate.Change] = []
            do throws(ZoneUpdate.Refusal) {
                guard state.updates.areAccepted else {
                    throw ZoneUpdate.Refusal(.refused, "updates are turned off: \"dns.updates\" allows none")
                }
                guard asker.key != nil || state.updates.acceptsUnsigned else {
                    throw ZoneUpdate.Refusal(.refused, "expected a signature of a known key, got none (RFC 2136 §3.3)")
                }
                changes = try ZoneUpdate(query).apply(to: &state.zone, state.updates.additions, at: now)
            } catch {
                (code, reason) = (error.code, error.reason)
            }
            state.record(
                code, reason, zone: query.questions.first?.name.description ?? "", changes, for: asker, at: now)
            return code
        }
        return response.reply(failing: code, signature)
    }

    /// Enters an update of which nothing more is known.
    private func note(
        _ code: CairnDNSResponseCode, _ reason: String, _ transport: Transport, _ client: CairnIPEndpoint?
    ) {
        let now = now()
        state.withLock {
            $0.record(code, reason, zone: "", [], for: transport.asker(at: client), at: now)
        }
    }

    /// Enters a message that is refused for its signature.
    private func note(_ code: CairnDNSResponseCode, _ reason: String, of query: DNSMessage, _ asker: DNSAsker) {
        let now = now()
        guard query.opcode == Self.updateOpcode else {
            if let question = query.questions.first { refuse(question, code, reason, for: asker) }
            return
        }
        let zone = query.questions.first?.name.description ?? ""
        state.withLock { $0.record(code, reason, zone: zone, [], for: asker, at: now) }
    }
}

extension CairnDNSTable.State {
    fileprivate mutating func record(
        _ code: CairnDNSResponseCode, _ reason: String?, zone: String, _ changes: [CairnDNSUpdate.Change],
        for asker: DNSAsker, at now: CairnInstant
    ) {
        updateHistory.append { number in
            CairnDNSUpdate(
                number: number, at: now, zone: zone, source: asker.source, client: asker.client, key: asker.key,
                responseCode: code, reason: reason, changes: changes)
        }
    }
}

extension DNSMessage {
    /// Takes in what a question leads to.
    fileprivate mutating func fill(with answer: DNSAnswer) {
        guard !answer.isLame else { return refer() }
        // RFC 1035 §4.1.1: AA is about the name that was asked for; a server that failed has no authority to speak of.
        if case .failed = answer.outcome {} else { isAuthoritative = true }
        responseCode = answer.responseCode
        answers = answer.chain.map { ResourceRecord($0.owner, $0.record) }
        let owner = answer.canonicalName
        answers += answer.records.map { ResourceRecord(owner, $0) }
        authorities = answer.authority.map { [Self.negative($0)] } ?? []
    }

    /// Sends the client to the root, as servers do that know nothing of a zone.
    private mutating func refer() {
        recursionAvailable = false
        authorities = [ResourceRecord(.root, .ns(CairnDNSRecord.StartOfAuthority().primary))]
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

    /// The message without records and with a response code, which may be that of success.
    fileprivate func reply(failing code: CairnDNSResponseCode, _ signature: TSIGAnswer = .nothing) -> DNSReply? {
        var signature = signature
        return serialized(failing: code).map { DNSReply(messages: [signature.finish($0)]) }
    }

    /// The message without records, so that the client asks again over TCP (RFC 2181 §9).
    fileprivate func truncated() -> [UInt8]? {
        var short = self
        short.isTruncated = true
        (short.answers, short.authorities) = ([], [])
        return try? short.serialized()
    }
}
