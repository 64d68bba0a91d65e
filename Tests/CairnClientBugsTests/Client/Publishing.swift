import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

extension CorrectClient {
    func publish(_ proof: Proof, _ type: String) {
        switch type {
        case "http-01":
            ca.responder.setHTTP01(token: proof.token, keyAuthorization: proof.keyAuthorization)
            guard leadsToItselfOverTLS else { return }
            ca.responder.onProbe { probe in
                guard !probe.isTLS, let path = probe.path else { return nil }
                return .response(status: 301, location: "https://\(probe.host)\(path)")
            }
        case "tls-alpn-01":
            ca.responder.setTLSALPN01(name: proof.name, keyAuthorization: proof.keyAuthorization)
            guard has(.showsTheUsualCertificate) else { return }
            ca.responder.onProbe { [usualCertificate] _ in .certificate(usualCertificate) }
        default:
            let place = owner(ofRecordFor: proof.name)
            if has(.replacesRecords) {
                ca.dns.replace(with: .txt(proof.digest), at: place)
            } else {
                ca.dns.add(.txt(proof.digest), to: place)
            }
        }
    }

    func withdraw(_ proof: Proof, _ type: String) {
        switch type {
        case "http-01": ca.responder.removeHTTP01(token: proof.token)
        case "tls-alpn-01": ca.responder.removeTLSALPN01(name: proof.name)
        default: ca.dns.remove(.txt(proof.digest), from: owner(ofRecordFor: proof.name))
        }
    }

    /// Where the record of a name is written: its owner may have delegated that (RFC 8555 §8.4).
    private func owner(ofRecordFor name: String) -> String {
        let place = "_acme-challenge.\(name)"
        if case .cname(let target) = ca.dns[place].first?.content { return target }
        return place
    }

    /// Looks whether the CA would find what was published.
    func lookUp(_ proof: Proof, _ type: String) throws {
        if leadsToItselfOverTLS, has(.checksItsOwnRedirects) {
            throw Failure(description: "nobody vouches for the certificate of \(proof.name)")
        }
        guard type == "dns-01" else { return }
        let place = "_acme-challenge.\(proof.name)"
        if !has(.looksAtOneServer) {
            for _ in 0..<10
            where resolvers.contains(where: { $0[place].map { !$0.contains(.txt(proof.digest)) } ?? false }) {
                wait(.minutes(1))
            }
        }
        guard looksUpRecords, let port = ca.dnsAddress?.port else { return }
        let texts = try DNSQuestion(place, port: port).texts(followingAliases: !has(.looksForRecordsWithoutAliases))
        if !texts.contains(proof.digest) { throw Failure(description: "the record of \(proof.name) is not to be seen") }
    }
}

/// A question for the texts of a name, over UDP (RFC 1035 §4).
struct DNSQuestion {
    private let name: String
    private let port: Int

    init(_ name: String, port: Int) { (self.name, self.port) = (name, port) }

    func texts(followingAliases: Bool) throws -> [String] {
        let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        let question: [UInt8] = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, 16, 0, 1]
        let answer = try exchange(question)
        guard answer.count > question.count else { throw CorrectClient.Failure(description: "no DNS") }
        var place = question.count
        var texts: [String] = []
        for _ in 0..<(Int(answer[6]) << 8 | Int(answer[7])) {
            let isOfName = answer[place] == 0xc0 && answer[place + 1] == 12
            while answer[place] != 0, answer[place] < 0xc0 { place += 1 + Int(answer[place]) }
            place += answer[place] == 0 ? 1 : 2
            let (type, length) = (answer[place + 1], Int(answer[place + 8]) << 8 | Int(answer[place + 9]))
            let data = answer[(place + 10)..<(place + 10 + length)]
            if type == 16, followingAliases || isOfName {
                texts.append(String(decoding: data.dropFirst(), as: UTF8.self))
            }
            place += 10 + length
        }
        return texts
    }

    private func exchange(_ question: [UInt8]) throws -> [UInt8] {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_DGRAM, 0)
        #endif
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0, send(descriptor, question, question.count, 0) == question.count else { return [] }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(0, count)))
    }
}
