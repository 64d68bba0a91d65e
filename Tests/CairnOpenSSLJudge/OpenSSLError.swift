import CCairnOpenSSL

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What OpenSSL says went wrong.
package struct OpenSSLError: Error, CustomStringConvertible {
    package let description: String
    /// Whether the peer has reset the connection (TCP RST).
    package let isReset: Bool

    /// - Parameter error: the number of the operating system's error.
    init(_ attempt: String, error: Int32 = 0) {
        isReset = error == ECONNRESET
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            guard code != 0 else { break }
            // OpenSSL leaves the words for errors of the operating system to that.
            let system = code & 0x8000_0000 != 0 ? strerror(Int32(code & 0x7fff_ffff)) : nil
            let reason = ERR_reason_error_string(code).map { String(cString: $0) }
            reasons.append(reason ?? system.map { String(cString: $0) } ?? "error \(code)")
        }
        description = reasons.isEmpty ? attempt : "\(attempt): \(reasons.joined(separator: ", "))"
    }
}

/// The result of a call that returns `nil` for failure.
func made<Value>(_ attempt: String, _ value: Value?) throws -> Value {
    guard let value else { throw OpenSSLError(attempt) }
    return value
}

/// Throws if a call that returns a positive number for success has not.
func succeed(_ attempt: String, _ status: Int32) throws {
    guard status > 0 else { throw OpenSSLError(attempt) }
}

/// The bytes of a function of the `i2d` family.
func encode(_ attempt: String, _ function: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) -> Int32) throws
    -> [UInt8]
{
    var buffer: UnsafeMutablePointer<UInt8>?
    let count = function(&buffer)
    guard count > 0, let buffer else { throw OpenSSLError(attempt) }
    defer { CRYPTO_free(buffer, nil, 0) }
    return Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
}

/// The result of a function of the `d2i` family, which has to read all of `bytes`.
func decode<Value>(
    _ attempt: String, _ bytes: [UInt8], _ function: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> Value?
) throws -> Value {
    try bytes.withUnsafeBufferPointer { buffer in
        var position = buffer.baseAddress
        let value = try made(attempt, function(&position, buffer.count))
        guard let position, position == buffer.baseAddress?.advanced(by: buffer.count) else {
            throw OpenSSLError("\(attempt): bytes are left over")
        }
        return value
    }
}

/// What is written to a memory sink.
func written(_ write: (OpaquePointer) throws -> Void) throws -> String {
    let sink = try made("sink", BIO_new(BIO_s_mem()))
    defer { BIO_free(sink) }
    try write(sink)
    var data: UnsafeMutablePointer<CChar>?
    let count = COpenSSL_BIO_get_mem_data(sink, &data)
    return UnsafeRawBufferPointer(start: data, count: Int(count)).withMemoryRebound(to: UInt8.self) {
        String(decoding: $0, as: UTF8.self)
    }
}

/// A source of `text`, to be freed by the caller; it keeps a copy, where OpenSSL's read-only one would keep a pointer.
func source(_ text: String) throws -> OpaquePointer {
    let source = try made("source", BIO_new(BIO_s_mem()))
    guard text.isEmpty || BIO_write(source, text, Int32(text.utf8.count)) > 0 else {
        BIO_free(source)
        throw OpenSSLError("source")
    }
    return source
}
