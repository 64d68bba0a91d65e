import CairnModel

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
