public import CairnModel

extension CairnJournal {
    /// The requests that are still kept, with their answers, as a HAR 1.2 document, which the network views of browsers and
    /// other tools open.
    ///
    /// ```swift
    /// try ca.journal.har().text(.indented).write(to: file, atomically: true, encoding: .utf8)
    /// ```
    /// Times are of the clock of the CA. Bodies are as they were sent: of an answer that did not get through, the part that did.
    public func har() -> CairnJSON {
        let entries = entries.compactMap { entry in entry.request.map { $0.har(at: entry.at) } }
        return [
            "log": [
                "version": "1.2", "creator": ["name": "Cairn", "version": ""],
                "entries": .array(entries),
            ]
        ]
    }
}

/// <http://www.softwareishard.com/blog/har-12-spec/>
extension CairnRequestEvent {
    fileprivate func har(at begin: CairnInstant) -> CairnJSON {
        let head = sent?.headAt ?? sent?.endedAt ?? begin
        let (wait, receive) = (head - begin, (sent?.endedAt ?? head) - head)
        var entry: CairnJSONObject = [
            "startedDateTime": .string(begin.milliseconds), "time": (wait + receive).inMilliseconds,
            "request": harRequest, "response": harResponse, "cache": [:],
            "timings": ["send": 0, "wait": wait.inMilliseconds, "receive": receive.inMilliseconds],
        ]
        entry["connection"] = sent?.connection.map { .string("\($0)") }
        entry["comment"] = .string(description)
        return .object(entry)
    }

    private var httpVersion: CairnJSON { .string(sent?.httpVersion ?? "HTTP/1.1") }

    private var harRequest: CairnJSON {
        let query = url.utf8.firstIndex(of: UInt8(ascii: "?")).map { url[$0...].dropFirst() }
        var request: CairnJSONObject = [
            "method": .string(method), "url": .string(url), "httpVersion": httpVersion, "cookies": [],
            "headers": headerFields.json,
            "queryString": .array(
                (query?.texts(between: "&") ?? []).map { pair in
                    let name = pair.text(before: "=")
                    return [
                        "name": .string(PercentEncoding.decode(name)),
                        "value": .string(PercentEncoding.decode(pair.dropFirst(name.count + 1))),
                    ]
                }),
            "headersSize": -1, "bodySize": .integer(body.count),
        ]
        if !body.isEmpty {
            request["postData"] = [
                "mimeType": .string(headerFields["Content-Type"] ?? ""), "params": [],
                "text": .string(String(decoding: body, as: UTF8.self)),
            ]
        }
        return .object(request)
    }

    private var harResponse: CairnJSON {
        let isUnseen = sent != nil && sent?.headAt == nil
        let fields = answer.headerFields
        let body = answer.body.prefix(sent?.bodyBytes ?? answer.body.count)
        var content: CairnJSONObject = [
            "size": .integer(body.count), "mimeType": .string(fields["Content-Type"] ?? ""),
        ]
        if let text = String(validating: body, as: UTF8.self) {
            content["text"] = .string(text)
        } else {
            (content["text"], content["encoding"]) = (.string(base64(body)), "base64")
        }
        // A status of 0 is what browsers write down for a response that never came.
        return [
            "status": .integer(isUnseen ? 0 : status), "statusText": .string(isUnseen ? "" : answer.reason),
            "httpVersion": httpVersion, "cookies": [], "headers": isUnseen ? [] : fields.json,
            "content": .object(content), "redirectURL": .string(isUnseen ? "" : fields["Location"] ?? ""),
            "headersSize": -1, "bodySize": .integer(body.count),
        ]
    }

    /// The base64 of RFC 4648 §4, which has two other digits than that of ACME, and padding.
    private func base64(_ bytes: some Collection<UInt8>) -> String {
        let digits = Base64URL.encode(bytes).utf8.map { digit in
            switch digit {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: digit
            }
        }
        return String(decoding: digits, as: UTF8.self) + String(repeating: "=", count: (4 - digits.count % 4) % 4)
    }
}

extension Duration {
    fileprivate var inMilliseconds: CairnJSON { .double(max(0, self / .milliseconds(1))) }
}
