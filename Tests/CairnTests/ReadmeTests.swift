import Foundation
import Testing

@Suite("The README", .timeLimit(.minutes(5)))
struct ReadmeTests {
    private static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The blocks of Swift in a text of Markdown.
    private static func blocks(_ text: String) -> [String] {
        text.components(separatedBy: "```swift\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    }

    @Test("Its tests are in Examples, word for word, where they are compiled and run")
    func examples() throws {
        let readme = try String(contentsOf: Self.package.appendingPathComponent("README.md"), encoding: .utf8)
        let examples = try [
            "SwiftTestingTests/IssuanceTests.swift", "SwiftTestingTests/InitialContentTests.swift",
            "SwiftTestingTests/JournalTests.swift", "SwiftTestingTests/RuleTests.swift",
            "SwiftTestingTests/PresetTests.swift",
            "XCTestTests/RenewalTests.swift",
            "HTTPClientTests/AsyncHTTPClientTests.swift", "HTTPClientTests/URLSessionTests.swift",
        ].map { path in
            try String(contentsOf: Self.package.appendingPathComponent("Examples/Tests/\(path)"), encoding: .utf8)
        }
        // What goes into a manifest is compiled by nobody here.
        let blocks = Self.blocks(readme).filter { !$0.hasPrefix(".package(") }
        #expect(blocks.count >= 9)
        for block in blocks {
            #expect(examples.contains { $0.contains(block) }, "not in Examples: \(block)")
        }
    }
}
