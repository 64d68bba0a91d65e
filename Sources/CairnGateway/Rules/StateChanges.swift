import CairnModel

extension CairnRule.Action {
    /// Why it cannot be done, in a sentence; `nil` if it can.
    func impossibility(at point: RulePoint, _ powers: ConnectionPowers) -> String? {
        point == .connection ? powers.impossibility(of: self) : nil
    }
}
