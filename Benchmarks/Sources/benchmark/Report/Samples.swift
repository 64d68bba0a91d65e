/// Many readings of the same quantity.
struct Samples: Sendable {
    private(set) var values: [Double]

    init(_ values: [Double] = []) { self.values = values }

    mutating func add(_ value: Double) { values.append(value) }

    var isEmpty: Bool { values.isEmpty }
    var total: Double { values.reduce(0, +) }
    var least: Double { values.min() ?? .nan }
    var median: Double { quantile(0.5) }

    /// The value that this share of all readings does not exceed.
    func quantile(_ share: Double) -> Double {
        guard !values.isEmpty else { return .nan }
        let rank = Int((share * Double(values.count)).rounded(.up)) - 1
        return values.sorted()[min(max(rank, 0), values.count - 1)]
    }
}
