/// The records of a name, in the order in which they came, each type and data once (RFC 2181 §5).
///
/// Adding and removing a record take the same time however many there are.
struct RecordSet {
    private var stored: [CairnDNSRecord]
    /// The place of each record, once there are more of them than is quick to search.
    private var places: [CairnDNSRecord.Content: Int]?
    /// The places whose records were removed; they are closed up once they are half of all.
    private var gaps: Set<Int> = []

    /// From how many records on there is an index.
    private static let searched = 16

    init(_ records: [CairnDNSRecord] = []) {
        stored = records
        index()
    }

    var isEmpty: Bool { stored.count == gaps.count }

    var records: [CairnDNSRecord] {
        gaps.isEmpty ? stored : stored.indices.lazy.filter { !gaps.contains($0) }.map { stored[$0] }
    }

    /// Adds a record at the end; one with the same type and data goes.
    mutating func add(_ record: CairnDNSRecord) {
        remove(record.content)
        places?[record.content] = stored.count
        stored.append(record)
        if places == nil { index() }
    }

    /// Removes the record with this type and data, whatever its time to live.
    mutating func remove(_ content: CairnDNSRecord.Content) {
        guard let place = place(of: content) else { return }
        guard places != nil else {
            stored.remove(at: place)
            return
        }
        places?[content] = nil
        gaps.insert(place)
        if gaps.count * 2 > stored.count { self = RecordSet(records) }
    }

    mutating func removeAll(where isUnwanted: (CairnDNSRecord) -> Bool) {
        self = RecordSet(records.filter { !isUnwanted($0) })
    }

    private func place(of content: CairnDNSRecord.Content) -> Int? {
        places.map { $0[content] } ?? stored.firstIndex { $0.content == content }
    }

    private mutating func index() {
        guard stored.count > Self.searched else { return }
        // Of records that were set twice, as a test may want them, the first is found.
        places = Dictionary(stored.enumerated().map { ($1.content, $0) }) { first, _ in first }
    }
}
