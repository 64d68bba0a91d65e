import CairnModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension CairnInstant {
    /// The instant as the certificate library takes it.
    ///
    /// Only for whole seconds: the library rounds to the nearest, which would move a fraction into the future.
    var date: Date { Date(timeIntervalSince1970: Double(secondsSinceEpoch)) }
}
