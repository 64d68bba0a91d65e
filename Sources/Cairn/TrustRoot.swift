extension TestCA {
    /// A root certificate that a client must trust to reach a server.
    public struct TrustRoot: Hashable, Sendable {
        /// The certificate in DER.
        public let derEncoded: [UInt8]

        package init(derEncoded: [UInt8]) {
            self.derEncoded = derEncoded
        }

        /// The certificate in PEM, ended by a line feed.
        public var pem: String {
            String(decoding: PEM.block("CERTIFICATE", derEncoded), as: UTF8.self)
        }
    }
}
