import CairnModel

extension CairnRule.Action {
    /// Why it cannot be done, in a sentence; `nil` if it can.
    var impossibility: String? {
        switch self {
        case .refuse: "\(name.quoted) is not possible yet; \("reset".quoted) at \("accept".quoted) comes near it"
        case .serverCertificate: "\(name.quoted) is not possible yet"
        default: nil
        }
    }
}
