public import Cairn

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension CairnInstant {
    /// The instant of a date.
    ///
    /// A date further than a million days from 1970 is taken for one at that distance.
    public init(_ date: Date) {
        let limit = 86_400e6
        let seconds = date.timeIntervalSince1970
        self.init(sinceEpoch: .seconds(seconds.isNaN ? 0 : min(max(seconds, -limit), limit)))
    }
}

extension Date {
    /// The date of an instant, as exact as a date can be.
    public init(_ instant: CairnInstant) {
        self.init(timeIntervalSince1970: instant.sinceEpoch / .seconds(1))
    }
}
