import CairnCertificates
import Foundation
import Testing

@Suite("The page about signing requests", .timeLimit(.minutes(5)))
struct SigningRequestsPageTests {
    private static let page = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/Cairn/Cairn.docc/SigningRequests.md")

    /// The cells of the rows of all tables that have so many.
    private static func rows(of count: Int) throws -> [[String]] {
        try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }.map {
            line in
            line.dropFirst().dropLast().split(separator: "|").map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
            }
        }.filter { $0.count == count }
    }

    private static func canBeGranted(_ content: CairnCSRContent) -> Bool {
        var profile = CairnCertificateProfile.standard
        profile.csrContent[content] = .granted
        return (try? authority(CairnAuthorityConfiguration(profiles: [profile]))) != nil
    }

    @Test("It lists every kind of content with its rules")
    func kinds() throws {
        let rows = try Self.rows(of: 5)
        let expected = CairnCSRContent.all.map { content in
            [
                content.name, CairnCSRContentPolicy.deployed[content].rawValue,
                CairnCSRContentPolicy.strict[content].rawValue,
                Self.canBeGranted(content) ? "yes" : "no",
            ]
        }
        #expect(rows.map { [$0[0], $0[2], $0[3], $0[4]] } == expected)
    }

    @Test("It lists what sets the other policies apart, and nothing else does")
    func presets() throws {
        let rows = try Self.rows(of: 4)
        for (name, policy) in CairnCSRContentPolicy.presets where name != "deployed" && name != "strict" {
            var described = CairnCSRContentPolicy.deployed
            for row in rows where row[0] == name {
                described[row[1]] = try #require(CairnCSRContentRule(rawValue: row[2]))
            }
            #expect(described == policy, "\(name)")
        }
        #expect(Set(rows.map { $0[0] }).isSubset(of: CairnCSRContentPolicy.presets.map(\.name)))
    }
}
