/// Whether a name can be asked for at all.
public func isHostName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x61...0x7a).contains($0) }
}
