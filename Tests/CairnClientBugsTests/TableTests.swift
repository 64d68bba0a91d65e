import Foundation
import Testing

@Suite("The table of client bugs", .timeLimit(.minutes(5)))
struct TableTests {
    @Test("It has a row for each of 62 bugs, and each row names the tests that there are")
    func rows() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        var tests: [String: Set<String>] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            for match in text.matches(of: /func (row([0-9]{2})\w*)\(/) {
                tests["\(Int(match.2) ?? 0)", default: []].insert("\(match.1) \(name)")
            }
        }
        var rows: [String: Set<String>] = [:]
        let table = try String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8)
        for line in table.split(separator: "\n") {
            guard let number = line.firstMatch(of: /^\| ([0-9]+) \| .*\]\(https:/)?.1 else { continue }
            let named = line.matches(of: /\[`(row\w+)`\]\((\w+\.swift)\)/).map { "\($0.1) \($0.2)" }
            rows["\(number)", default: []].formUnion(named)
        }
        #expect(rows == tests)
        #expect(Set(rows.keys) == Set((1...62).map(String.init)))
    }
}
