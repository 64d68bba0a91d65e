import Engine
import Transport
import Validation

// A project's own words. Cairn has the same ones, and here they mean what the project means.

struct Identifier: Hashable { var name: String }

struct Problem: Error, Equatable { var reason: String }

struct Account: Equatable { var contact: String }

struct Policy: Equatable { var renewsBefore: Duration = .days(30) }

struct Request: Equatable { var identifiers: [Identifier] }

extension Duration {
    static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }
}
