/// Which release of Cairn this is.
package enum Version {
    package static let text = "0.1.0"
    /// When it came out.
    package static let date = "2026-11-30"
}
