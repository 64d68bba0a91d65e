/// Rows of text in columns, the first one to the left and the others to the right.
struct Table {
    let title: String
    let columns: [String]
    private(set) var rows: [[String]] = []

    init(_ title: String, _ columns: [String]) {
        (self.title, self.columns) = (title, columns)
    }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// For a terminal.
    var text: String {
        let lines = ([columns, columns.map { String(repeating: "-", count: $0.count) }] + rows).map { cells in
            cells.indices.map { padded(cells[$0], $0) }.joined(separator: "  ")
        }
        return ([title, ""] + lines).joined(separator: "\n") + "\n"
    }

    /// For a document.
    var markdown: String {
        let rules = columns.indices.map { $0 == 0 ? "---" : "---:" }
        let lines = ([columns, rules] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
        return (["## \(title)", ""] + lines).joined(separator: "\n") + "\n"
    }

    private func padded(_ cell: String, _ column: Int) -> String {
        let width = ([columns] + rows).map { $0[column].count }.max() ?? 0
        let space = String(repeating: " ", count: width - cell.count)
        return column == 0 ? cell + space : space + cell
    }
}

/// A number with three significant digits or more.
func text(_ number: Double) -> String {
    guard number.isFinite else { return "–" }
    let decimals = abs(number) >= 100 ? 0 : abs(number) >= 10 ? 1 : 2
    return text(number, decimals: decimals)
}

private func text(_ number: Double, decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((abs(number) * scale).rounded())
    let sign = number < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + grouped(scaled) }
    let fraction = String(scaled % Int(scale))
    return sign + grouped(scaled / Int(scale)) + "." + String(repeating: "0", count: decimals - fraction.count)
        + fraction
}

private func grouped(_ number: Int) -> String {
    let digits = String(number)
    let first = digits.count % 3
    var groups = first > 0 ? [String(digits.prefix(first))] : []
    var rest = digits.dropFirst(first)
    while !rest.isEmpty {
        groups.append(String(rest.prefix(3)))
        rest = rest.dropFirst(3)
    }
    return groups.joined(separator: ",")
}
