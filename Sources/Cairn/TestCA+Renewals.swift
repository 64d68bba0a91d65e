extension TestCA {
    /// Has the CA suggest when to renew a certificate (RFC 9773 §4.2); `nil` goes back to what its lifetime suggests.
    ///
    /// - Throws: ``UnknownObject`` if this CA did not issue the certificate, or has forgotten it.
    public func suggestRenewal(_ info: RenewalInfo?, of serialNumber: SerialNumber) throws(UnknownObject) {
        guard engine.suggestRenewal(info, of: serialNumber, at: clock.now) else {
            throw UnknownObject("there is no certificate \"\(serialNumber)\"")
        }
    }
}
