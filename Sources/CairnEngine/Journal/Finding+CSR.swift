public import CairnCertificates

extension CairnFinding.Kind {
    /// A signing request asked for something that its certificate does not have: `csr.extension`, `csr.subject` and so on.
    ///
    /// - Parameter content: one of ``CairnCSRContent/all``; there is one finding for all special cases of a kind.
    public static func csr(_ content: CairnCSRContent) -> CairnFinding.Kind {
        CairnFinding.Kind(rawValue: "csr.\(content.name)")
    }
}
