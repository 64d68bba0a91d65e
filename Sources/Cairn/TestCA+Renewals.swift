extension TestCA {
    /// Has the CA suggest when to renew a certificate (RFC 9773 §4.2); `nil` goes back to what its lifetime suggests.
    ///
    /// - Throws: ``TestCA/UnknownObject`` if this CA did not issue the certificate, or has forgotten it.
    public func suggestRenewal(_ info: ACMERenewalInfo?, of serialNumber: CairnSerialNumber) throws(TestCA
        .UnknownObject)
    {
        guard engine.suggestRenewal(info, of: serialNumber, at: clock.now) else {
            throw TestCA.UnknownObject("there is no certificate \"\(serialNumber)\"")
        }
    }
}
