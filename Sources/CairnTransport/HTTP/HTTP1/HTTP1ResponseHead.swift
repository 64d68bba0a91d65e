import CairnGateway
import HTTPTypes
import NIOCore
import NIOHTTP1

/// What a response says about its connection (RFC 9112 §9.3).
enum ConnectionOption {
    case close
    case keepAlive
}

extension ByteBuffer {
    /// Writes the status line and header fields of a response.
    mutating func writeHTTP1Head(of delivery: CairnDelivery, option: ConnectionOption?) {
        let status = delivery.head.status
        writeStaticString("HTTP/1.1 ")
        writeString(String(status.code))
        writeStaticString(" ")
        writeString(
            status.reasonPhrase.isEmpty
                ? HTTPResponseStatus(statusCode: status.code).reasonPhrase : status.reasonPhrase)
        writeStaticString("\r\n")
        for field in delivery.head.headerFields {
            writeString(field.name.rawName)
            writeStaticString(": ")
            _ = field.withUnsafeBytesOfValue { writeBytes($0) }
            writeStaticString("\r\n")
        }
        if delivery.needsContentLength {
            writeStaticString("Content-Length: ")
            writeString(String(delivery.body.count))
            writeStaticString("\r\n")
        }
        if delivery.head.headerFields[.connection] == nil {
            switch option {
            case .close: writeStaticString("Connection: close\r\n")
            case .keepAlive: writeStaticString("Connection: keep-alive\r\n")
            case nil: break
            }
        }
        writeStaticString("\r\n")
    }
}
