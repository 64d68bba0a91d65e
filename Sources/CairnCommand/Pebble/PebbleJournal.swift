import Cairn
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What Pebble's log says of what happens, of which harnesses wait for some: requests, orders, and certificates.
///
/// The line of a request comes when its answer is known, behind those of what it did.
final class PebbleJournal: Sendable {
    /// What was issued last and no order has been named for yet.
    private let issued = Mutex<CairnSerialNumber?>(nil)

    /// The line on an entry of the journal; `nil` for one that Pebble says nothing of.
    func line(for entry: CairnJournalEntry) -> String? {
        switch entry.event {
        case .request(let request):
            return request.endpoint.map { _ in
                "\(request.method) \(Self.pattern(of: request.path)) -> calling handler()"
            }
        case .issued(let certificate):
            issued.withLock { $0 = certificate.serialNumber }
            return nil
        case .status(let change) where change.subject == .order: return line(for: change)
        case .status, .revoked, .agreed, .finding, .probe, .connection, .refusedSetting: return nil
        }
    }

    private func line(for order: CairnStatusEvent) -> String? {
        switch order.to {
        case .processing: return "Order \(order.id) is fully authorized. Processing finalization"
        case .valid:
            // Both are of one transaction, and nothing comes between them.
            let serialNumber = issued.withLock { last in
                defer { last = nil }
                return last
            }
            return serialNumber.map { "Issued certificate serial \(Self.digits(of: $0)) for order \(order.id)" }
        default: return order.from == nil ? "Added order \"\(order.id)\" to the db" : nil
        }
    }

    /// As a number is written, and so as Pebble's management interface takes it.
    private static func digits(of serialNumber: CairnSerialNumber) -> String {
        let digits = "\(serialNumber)".drop { $0 == "0" }
        return digits.isEmpty ? "0" : String(digits)
    }

    /// A path without the name of an object, as Pebble's router has it.
    private static func pattern(of path: String) -> String {
        let path = path.prefix { $0 != "?" }
        let first = path.dropFirst().prefix { $0 != "/" }
        return first.count + 1 < path.count ? "/\(first)/" : "\(path)"
    }
}

/// Lines on the standard output as Go's package `log` writes them: a prefix, date and time of this place, the text.
///
/// Harnesses wait for some of them, so each is written through at once.
struct GoLog: Sendable {
    static let pebble = GoLog(prefix: "Pebble ")
    static let challengeServer = GoLog(prefix: "pebble-challtestsrv - ")

    let prefix: String

    func print(_ text: String) {
        Swift.print(line(text, at: time(nil)))
        flushStandardOutput()
    }

    /// A line as it is written at a time, in seconds since 1970.
    func line(_ text: String, at seconds: time_t) -> String {
        var (seconds, parts) = (seconds, tm())
        localtime_r(&seconds, &parts)
        let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)].map(Self.padded)
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.padded(Int($0)) }
        return "\(prefix)\(date.joined(separator: "/")) \(time.joined(separator: ":")) \(text)"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
