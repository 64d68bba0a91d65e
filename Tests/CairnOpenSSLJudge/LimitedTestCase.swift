import Dispatch
public import XCTest

/// What all tests of XCTest inherit, since that has no `.timeLimit`: one that takes longer than five minutes ends the process.
open class LimitedTestCase: XCTestCase {
    open override func invokeTest() {
        let name = self.name
        let limit = DispatchWorkItem { fatalError("\(name): expected an end within 5 minutes, got none") }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(300), execute: limit)
        defer { limit.cancel() }
        super.invokeTest()
    }
}
