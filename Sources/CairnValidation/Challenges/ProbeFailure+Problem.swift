import CairnModel

extension ProbeFailure {
    /// Whether there was no connection at all, so that the address of the other family is worth trying.
    var isBeforeConnection: Bool {
        switch self {
        case .refused, .other: true
        case .timedOut(let step), .closed(let step): step == Self.connecting
        case .tls, .notHTTP: false
        }
    }

    /// The problem of a probe that got no answer.
    ///
    /// `tls` if TLS failed, `incorrectResponse` if what came was not HTTP, and otherwise `connection`.
    ///
    /// - Parameter action: what was done where, as the beginning of the detail.
    func problem(_ action: String) -> ACMEProblem {
        switch self {
        case .refused: ACMEProblem(.connection, "\(action): connection refused")
        case .timedOut(let step): ACMEProblem(.connection, "\(action): timed out while \(step)")
        case .closed(let step): ACMEProblem(.connection, "\(action): the connection was closed while \(step)")
        case .tls(let words): ACMEProblem(.tls, "\(action): TLS failed: \(words)")
        case .notHTTP(let words): ACMEProblem(.incorrectResponse, "\(action): expected an HTTP response, got \(words)")
        case .other(let words): ACMEProblem(.connection, "\(action): \(words)")
        }
    }
}

extension CairnIPAddress {
    /// The address with a port, as in a URL.
    func endpoint(_ port: Int) -> String { "\(urlHost):\(port)" }
}
