import CairnModel

/// An UPDATE message, carried out on a zone in the order of RFC 2136 §3.
struct ZoneUpdate {
    /// Why an update is not carried out.
    struct Refusal: Error {
        let code: CairnDNSResponseCode
        let reason: String

        init(_ code: CairnDNSResponseCode, _ reason: String) { (self.code, self.reason) = (code, reason) }
    }

    /// The name of the zone, as it was written.
    let name: DNSName
    private let zoneKey: DNSName
    private let prerequisites: [DNSMessage.ResourceRecord]
    private let updates: [DNSMessage.ResourceRecord]

    /// Reads the zone section (RFC 2136 §3.1.1).
    init(_ message: DNSMessage) throws(Refusal) {
        guard let zone = message.questions.first, message.questions.count == 1 else {
            throw Refusal(
                .formatError,
                "expected one record in the zone section, got \(message.questions.count) (RFC 2136 §3.1.1)")
        }
        guard zone.type == .soa else {
            throw Refusal(.formatError, "expected the type SOA in the zone section, got \(zone.type) (RFC 2136 §3.1.1)")
        }
        guard zone.recordClass == .internet else {
            throw Refusal(
                .notAuthoritative, "expected a zone of the class IN, got one of the class \(zone.recordClass.rawValue)")
        }
        (name, zoneKey) = (zone.name, zone.name.key)
        (prerequisites, updates) = (message.answers, message.authorities)
    }

    /// Carries it out, or changes nothing and says why.
    ///
    /// - Returns: what was asked for, in that order.
    func apply(
        to zone: inout Zone, _ additions: CairnDNSUpdates.Additions, at now: CairnInstant
    ) throws(Refusal) -> [CairnDNSUpdate.Change] {
        let isHosted = zone.hosting.cuts.isEmpty || zone.hosting.cuts.contains(zoneKey)
        guard isHosted, zone.startOfAuthority(for: name).owner.key == zoneKey else {
            throw Refusal(.notAuthoritative, "there is no zone \(name.description.quoted) here (RFC 2136 §3.1.2)")
        }
        try checkPrerequisites(in: zone)
        let changes = try scan(zone)
        let start = zone.startOfAuthority(for: name).record.content
        var changed = false
        for change in changes where carry(out: change, in: &zone, additions, now) { changed = true }
        // RFC 2136 §3.6: an update that gives the zone a serial number of its own has that.
        if changed, zone.startOfAuthority(for: name).record.content == start { zone.countUp(zoneKey, now) }
        return changes
    }

    /// RFC 2136 §3.2.3, §3.4.1.3: a zone ends where another begins.
    private func expectInZone(_ owner: DNSName, _ zone: Zone) throws(Refusal) {
        guard owner.isAtOrBelow(zoneKey), zone.startOfAuthority(for: owner).owner.key == zoneKey else {
            throw Refusal(.notInZone, "\(owner) is not in the zone \(name) (RFC 2136 §3.2.3, §3.4.1.3)")
        }
    }

    // MARK: Prerequisites

    /// RFC 2136 §3.2.5; wildcards and default addresses are of no account (RFC 2136 §7.1).
    private func checkPrerequisites(in zone: Zone) throws(Refusal) {
        var wanted: [SetKey: [CairnDNSRecord]] = [:]
        for prerequisite in prerequisites {
            let (owner, type) = (prerequisite.owner, prerequisite.record.type)
            guard prerequisite.record.timeToLive == .zero else {
                throw Refusal(
                    .formatError, "expected prerequisites with a time to live of 0, got others (RFC 2136 §3.2.5)")
            }
            try expectInZone(owner, zone)
            switch prerequisite.recordClass {
            case .anything, .nothing:
                guard prerequisite.hasNoData else {
                    throw Refusal(
                        .formatError, "expected a prerequisite without data, got \(type) data (RFC 2136 §3.2.5)")
                }
                let exists =
                    type == .any ? zone.isInUse(owner, apex: zoneKey) : zone.has(type, at: owner, apex: zoneKey)
                let mustExist = prerequisite.recordClass == .anything
                guard exists != mustExist else { continue }
                switch (type == .any, mustExist) {
                case (true, true): throw Refusal(.nameError, "\(owner) is not in use (RFC 2136 §2.4.4)")
                case (true, false): throw Refusal(.nameExists, "\(owner) is in use (RFC 2136 §2.4.5)")
                case (false, true): throw Refusal(.recordsMissing, "\(owner) has no \(type) record (RFC 2136 §2.4.1)")
                case (false, false): throw Refusal(.recordsExist, "\(owner) has a \(type) record (RFC 2136 §2.4.3)")
                }
            case .internet:
                guard !type.isMeta else {
                    throw Refusal(.formatError, "expected a prerequisite of a type of records, got \(type)")
                }
                wanted[SetKey(owner: owner.key, type: type), default: []].append(prerequisite.record)
            default:
                throw Refusal(.formatError, "expected the class IN, ANY or NONE in a prerequisite (RFC 2136 §3.2.4)")
            }
        }
        for (key, records) in wanted.sorted(by: { $0.key.owner.description < $1.key.owner.description }) {
            let existing = Set((zone[key.owner] ?? []).filter { $0.type == key.type }.map(\.content.wireData))
            guard existing == Set(records.map(\.content.wireData)) else {
                throw Refusal(
                    .recordsMissing, "\(key.owner) has other \(key.type) records than are wanted (RFC 2136 §2.4.2)")
            }
        }
    }

    private struct SetKey: Hashable {
        var owner: DNSName
        var type: CairnDNSType
    }

    // MARK: Updates

    /// Looks through all updates before the first is carried out (RFC 2136 §3.4.1).
    private func scan(_ zone: Zone) throws(Refusal) -> [CairnDNSUpdate.Change] {
        var changes: [CairnDNSUpdate.Change] = []
        for update in updates {
            let (type, name) = (update.record.type, update.owner.description)
            try expectInZone(update.owner, zone)
            let isRemoval = update.recordClass != .internet
            guard !isRemoval || update.record.timeToLive == .zero else {
                throw Refusal(.formatError, "expected a removal with a time to live of 0 (RFC 2136 §3.4.1.3)")
            }
            let mayBeAny = update.recordClass == .anything
            guard !type.isMeta || mayBeAny && type == .any else {
                throw Refusal(.formatError, "expected an update of a type of records, got \(type) (RFC 2136 §3.4.1.3)")
            }
            switch update.recordClass {
            case .internet: changes.append(.add(update.record, to: name))
            case .nothing: changes.append(.remove(update.record, from: name))
            case .anything:
                guard update.hasNoData else {
                    throw Refusal(.formatError, "expected a removal of a set without data (RFC 2136 §3.4.1.3)")
                }
                changes.append(.removeAll(at: name, type: type == .any ? nil : type))
            default:
                throw Refusal(.formatError, "expected the class IN, ANY or NONE in an update (RFC 2136 §3.4.1.3)")
            }
        }
        return changes
    }

    /// Makes one change (RFC 2136 §3.4.2); returns whether anything is different now.
    private func carry(
        out change: CairnDNSUpdate.Change, in zone: inout Zone, _ additions: CairnDNSUpdates.Additions,
        _ now: CairnInstant
    ) -> Bool {
        switch change {
        case .add(let record, let owner):
            return Self.add(record, to: DNSName(owner), in: &zone, additions, now)
        case .remove(let record, let owner):
            let data = record.content.wireData
            return filter(DNSName(owner), in: &zone, now) { $0.type != record.type || $0.content.wireData != data }
        case .removeAll(let owner, let type):
            return filter(DNSName(owner), in: &zone, now) { type != nil && $0.type != type }
        }
    }

    /// Keeps the records of a name that fit, and what a zone cannot be without: its SOA and its last NS records.
    private func filter(
        _ owner: DNSName, in zone: inout Zone, _ now: CairnInstant, _ stays: (CairnDNSRecord) -> Bool
    ) -> Bool {
        let before = zone[owner] ?? []
        var after = before.filter { $0.type == .soa || stays($0) }
        if owner.key == zoneKey, !after.contains(where: { $0.type == .ns }) {
            after = before.filter { $0.type == .soa || $0.type == .ns || stays($0) }
        }
        guard after.count != before.count else { return false }
        zone.set(after.isEmpty ? nil : after, at: owner, now)
        return true
    }

    private static func add(
        _ record: CairnDNSRecord, to owner: DNSName, in zone: inout Zone, _ additions: CairnDNSUpdates.Additions,
        _ now: CairnInstant
    ) -> Bool {
        switch record.content {
        case .soa(let new):
            var records = zone[owner] ?? []
            // Only a zone that has one gets a new one, and only a later one (RFC 1982 §3.2).
            guard let place = records.firstIndex(where: { $0.type == .soa }),
                case .soa(let old) = records[place].content, Int32(bitPattern: new.serial &- old.serial) > 0
            else { return false }
            records[place] = record
            zone.set(records, at: owner, now)
            return true
        case .cname:
            let before = zone[owner] ?? []
            guard before.allSatisfy({ $0.type == .cname }), before != [record] else { return false }
            zone.set([record], at: owner, now)
            return true
        default:
            var changed = false
            // Where they are, since an update may have thousands for one name.
            zone.edit(owner) { set in
                guard !set.contains(where: { $0.type == .cname }) else { return }
                if additions == .replace {
                    let count = set.records.count
                    set.removeAll { $0.type == record.type && !$0.content.isSameData(as: record.content) }
                    changed = set.records.count != count
                }
                let isPut = set.put(record, at: now) {
                    $0.type == record.type && $0.content.isSameData(as: record.content)
                }
                changed = changed || isPut
            }
            return changed
        }
    }
}

extension Zone {
    /// Whether a name has records, or is the beginning of the zone, which has a SOA record at least.
    fileprivate func isInUse(_ name: DNSName, apex: DNSName) -> Bool {
        name.key == apex || !(self[name] ?? []).isEmpty
    }

    fileprivate func has(_ type: CairnDNSType, at name: DNSName, apex: DNSName) -> Bool {
        type == .soa && name.key == apex || (self[name] ?? []).contains { $0.type == type }
    }

    /// Gives a zone the next serial number (RFC 2136 §3.6), which is never 0.
    fileprivate mutating func countUp(_ apex: DNSName, _ now: CairnInstant) {
        func next(_ serial: UInt32) -> UInt32 { serial == .max ? 1 : serial + 1 }
        var records = self[apex] ?? []
        guard let place = records.firstIndex(where: { $0.type == .soa }), case .soa(var start) = records[place].content
        else {
            serials[apex] = next(serial(of: apex))
            return
        }
        start.serial = next(start.serial)
        records[place].content = .soa(start)
        set(records, at: apex, now)
    }
}

extension DNSMessage.ResourceRecord {
    fileprivate var hasNoData: Bool {
        if case .other(_, let data) = record.content { data.isEmpty } else { false }
    }
}

extension CairnDNSType {
    /// Whether only questions have it, or it is none of records in a zone (RFC 6895 §3.1).
    fileprivate var isMeta: Bool { self == .opt || (128...255).contains(rawValue) }
}

extension CairnDNSRecord.Content {
    /// Whether the data are the same on the wire, where names are compared without regard to case (RFC 2136 §1.1.1).
    fileprivate func isSameData(as other: CairnDNSRecord.Content) -> Bool {
        switch (self, other) {
        case (.address, .address), (.caa, .caa): self == other
        case (.txt(let own), .txt(let others)) where Self.areWhole(own) && Self.areWhole(others): self == other
        default: wireData == other.wireData
        }
    }

    /// Whether each text is one character-string on the wire.
    private static func areWhole(_ strings: [String]) -> Bool {
        !strings.isEmpty && strings.allSatisfy { $0.utf8.count <= 255 }
    }

    /// The data as they are compared: names in lower case, none compressed (RFC 2136 §1.1.1); `nil` if there are none.
    fileprivate var wireData: [UInt8]? {
        var writer = MessageWriter()
        switch self {
        case .cname(let name), .ns(let name), .ptr(let name): writer.appendCanonical(DNSName(name))
        case .mx(let preference, let exchange):
            writer.append(preference)
            writer.appendCanonical(DNSName(exchange))
        default:
            do { try writer.append(self) } catch { return nil }
        }
        return writer.bytes
    }
}

// MARK: - Transfers

extension Zone {
    /// The records of a zone as a transfer has them: its SOA, all others in the order of their names, and the SOA again
    /// (RFC 5936 §2.2); `nil` if the name is not that of a zone.
    ///
    /// What lies in a zone below is left out, and so are default addresses, which are no records.
    func transfer(of name: DNSName) -> [OwnedRecord]? {
        let apex = name.key
        let start = startOfAuthority(for: name)
        guard start.owner.key == apex else { return nil }
        let inside = names.filter { $0.isAtOrBelow(apex) && startOfAuthority(for: $0).owner.key == apex }
        let records = inside.sorted { $0.description < $1.description }.flatMap { name in
            (self[name] ?? []).filter { $0.type != .soa }.map { OwnedRecord(name, $0) }
        }
        return [start] + records + [start]
    }
}

extension DNSMessage {
    /// The messages that carry records: as many as it takes, each with as many as it holds (RFC 5936 §2.2).
    ///
    /// - Parameter reserve: how many octets of each are kept free.
    func transferring(_ records: ArraySlice<OwnedRecord>, reserve: Int) throws(DNSMessageError) -> [[UInt8]] {
        var message = self
        message.answers = records.map { ResourceRecord($0.owner, $0.record) }
        let limit = records.count > 1 ? Self.transferLimit : Self.longestInStream
        do throws(DNSMessageError) {
            return [try message.serialized(limit: limit - reserve)]
        } catch {
            guard records.count > 1, error.isTooLong else { throw error }
            let middle = records.startIndex + records.count / 2
            var rest = self
            // Only the first message has to repeat the question (RFC 5936 §2.2.1).
            rest.questions = []
            return try transferring(records[..<middle], reserve: reserve)
                + rest.transferring(records[middle...], reserve: reserve)
        }
    }

    /// What compression can still point into (RFC 5936 §3.4 leaves the size to the server).
    private static let transferLimit = 16 << 10
}
