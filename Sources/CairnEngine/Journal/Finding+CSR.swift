public import CairnCertificates

extension Finding.Kind {
    /// A signing request asked for something that its certificate does not have: `csr.extension`, `csr.subject` and so on.
    ///
    /// - Parameter content: one of ``CSRContent/all``; there is one finding for all special cases of a kind.
    public static func csr(_ content: CSRContent) -> Finding.Kind { Finding.Kind(rawValue: "csr.\(content.name)") }
}
