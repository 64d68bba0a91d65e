import Cairn
import HTTPTypes

extension API {
    /// What there is, and where the servers are.
    static let serverRoutes: [Route] = [
        .get(
            "", "Everything below /cairn/v1",
            of: Schema.object([
                "openapi": Schema.text,
                "routes": Schema.list(
                    of: Schema.object([
                        "method": Schema.text, "path": Schema.text, "summary": Schema.text, "command": Schema.text,
                    ])),
            ])
        ) { _ in index },
        .get("/openapi.json", "The same as OpenAPI 3.1", of: Schema.anyObject) { _ in openAPI },
        .get(
            "/server", "The addresses of the CA's servers, its trust roots, and its seed",
            of: Schema.object(
                [
                    "directory": Schema.text, "draftDirectory": Schema.text, "seed": SettingKind.seed.schema,
                    "trustRoots": Schema.list(of: Schema.text),
                ],
                optional: [
                    "address": Schema.text, "dnsAddress": Schema.text, "dnsOverHTTPS": Schema.text,
                    "plainURL": Schema.text, "management": Schema.text,
                ])
        ) { call in
            let ca = call.ca
            var json: CairnJSONObject = [
                "directory": .string(ca.directoryURL), "draftDirectory": .string(ca.draftDirectoryURL),
            ]
            json["seed"] = SettingKind.seed.write(ca.seed)
            json["address"] = ca.address.map { .string("\($0)") }
            json["dnsAddress"] = ca.dnsAddress.map { .string("\($0)") }
            json["dnsOverHTTPS"] = ca.dnsOverHTTPSURL.map { .string($0) }
            json["plainURL"] = ca.plainURL.map { .string($0) }
            // Where it was asked.
            if let scheme = call.request.head.scheme, let authority = call.request.head.authority {
                json["management"] = .string("\(scheme)://\(authority)")
            }
            json["trustRoots"] = .array(ca.trustRoots.map { .string($0.pem) })
            return .object(json)
        },
        .get(
            "/authority", "The certificates of the hierarchy in PEM, and the chains that they make",
            of: Schema.object([
                "roots": Schema.list(of: Schema.text), "intermediates": Schema.list(of: Schema.text),
                "chains": Schema.list(of: Schema.list(of: Schema.text)),
            ])
        ) { call in
            [
                "roots": .array(call.ca.authority.roots.map { .string($0.pem) }),
                "intermediates": .array(call.ca.authority.intermediates.map { .string($0.pem) }),
                "chains": .array(
                    call.ca.authority.chains.map { chain in .array(chain.intermediates.map { .string($0.pem) }) }),
            ]
        },
    ]

    // MARK: Settings

    /// What is asked of clients, and how the CA is set up.
    static let settingRoutes: [Route] = [
        .get("/settings", "The current settings, in the format of a settings file", of: Schema.anyObject) {
            .object(TestCA.Configuration.settings.json(of: $0.ca.currentConfiguration))
        },
        .get("/settings/schema", "The JSON Schema (2020-12) of the settings", of: Schema.anyObject) { _ in
            .object(TestCA.Configuration.settings.schema(default: TestCA.Configuration()))
        },
        .get(
            "/settings/unchosen", "The settings that follow the personality, since nobody has chosen them",
            of: Schema.list(of: Schema.text)
        ) { .array(TestCA.Configuration.settings.unchosen(in: $0.ca.currentConfiguration).map(CairnJSON.string)) },
        .get("/settings/{path}", "One setting, or all below a path such as policy.keys", of: Schema.anything) { call in
            let catalogue = TestCA.Configuration.settings
            let json = CairnJSON.object(catalogue.json(of: call.ca.currentConfiguration))
            let path = call["path"]
            let tokens = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard let value = json[at: CairnJSONPointer(tokens: tokens)] else { throw unknownSetting(path) }
            return value
        },
        .perform(
            .put, "/settings/{path}", "Changes a setting that can be changed while the CA runs",
            with: SettingKind<CairnJSON>.anything, of: Schema.anything
        ) { call, value in
            let path = call["path"]
            guard let setting = TestCA.Configuration.settings[path] else { throw unknownSetting(path) }
            do throws(SettingFault) { try call.ca.set(path, to: value) } catch {
                // The body is the value, so what leads to it is no part of the pointer.
                let outer = path.split(separator: ".").map(String.init)
                let isInside = error.tokens.starts(with: outer)
                let pointer = CairnJSONPointer(tokens: Array(error.tokens.dropFirst(outer.count))).description
                throw APIProblem(
                    setting.isLive ? 400 : 409, error.sentences, pointer: isInside && setting.isLive ? pointer : nil)
            }
            return setting.get(call.ca.currentConfiguration) ?? .null
        },
        .perform(.delete, "/settings", "Resets all settings to their initial values") {
            _ = try $0.ca.resetSettings(at: "")
        },
        .perform(
            .delete, "/settings/{path}", "Resets one setting, or all below a path, to their initial values"
        ) { call in
            guard try call.ca.resetSettings(at: call["path"]) else { throw unknownSetting(call["path"]) }
        },
    ]

    private static func unknownSetting(_ path: String) -> APIProblem {
        APIProblem(404, "\(TestCA.Configuration.settings.unknown(path))")
    }

    // MARK: The clock

    /// What time it is for the CA.
    static let clockRoutes: [Route] = [
        .get("/clock", "The current instant, and whether the clock runs", of: Schema.reference("Clock")) {
            clock($0.ca)
        },
        .perform(
            .post, "/clock/advance", "Moves the clock; everything due has happened when it answers",
            with: SettingKind<Duration>.member("by", .duration()), of: Schema.reference("Clock")
        ) { call, duration in
            call.ca.clock.advance(by: duration)
            return clock(call.ca)
        },
        .perform(
            .post, "/clock/set", "Sets the clock to an instant",
            with: SettingKind<CairnInstant>.member("to", .instant), of: Schema.reference("Clock")
        ) { call, instant in
            call.ca.clock.set(to: instant)
            return clock(call.ca)
        },
        .perform(
            .post, "/clock/stop", "Stops the clock",
            of: Schema.reference("Clock")
        ) { call in
            call.ca.clock.stop()
            return clock(call.ca)
        },
        Route(
            method: .post, path: "/clock/run",
            summary: "Starts the clock: with real time, or that many seconds per second", query: [],
            body: scale.schema, isBodyOptional: true, content: .json(Schema.reference("Clock")),
            handle: { call in
                call.ca.clock.run(scale: call.request.body.isEmpty ? 1 : try call.value(of: scale))
                return .json(clock(call.ca))
            }),
    ]

    private static let scale = SettingKind<Double>.member("scale", .clockScale)

    private static func clock(_ ca: TestCA) -> CairnJSON {
        let scale = ca.clock.scale
        return [
            "now": .string(ca.clock.now.rfc3339), "isRunning": .bool(scale > 0),
            "scale": Int(exactly: scale).map(CairnJSON.integer) ?? .double(scale),
        ]
    }
}

// MARK: - The start

extension API {
    /// Back to the start.
    static let resetRoutes: [Route] = [
        .perform(
            .post, "/reset", "Resets the CA without a restart; listeners, ports and the hierarchy stay"
        ) { $0.ca.reset() }
    ]
}

// MARK: - Kinds of bodies

extension SettingKind where Value == Double {
    /// How fast a clock goes.
    fileprivate static var clockScale: SettingKind {
        let scales = TestCA.Clock.scales
        return SettingKind(
            "a number from 0.000001 to 1000000",
            ["type": "number", "minimum": .double(scales.lowerBound), "maximum": .double(scales.upperBound)],
            read: { json in
                let number: Double? =
                    switch json {
                    case .integer(let number): Double(number)
                    case .double(let number): number
                    default: nil
                    }
                return number.flatMap { scales.contains($0) ? $0 : nil }
            }, write: { .double($0) })
    }
}

extension SettingKind where Value == CairnJSON {
    /// Any JSON.
    static var anything: SettingKind { SettingKind("a value", [:], read: { $0 }, write: { $0 }) }
}

extension SettingKind where Value == CairnInstant {
    /// An instant, written as RFC 3339 does.
    static var instant: SettingKind {
        SettingKind(
            "a date such as \"2030-01-01T00:00:00Z\", from the year 0 to the end of 9999", Schema.instant,
            read: { json in
                json.string.flatMap { CairnInstant(rfc3339: $0) }.flatMap {
                    $0 >= .earliestWritten && $0 <= .latestWritten ? $0 : nil
                }
            }, write: { .string($0.rfc3339) })
    }
}

extension SettingKind {
    /// An object with that member alone.
    static func member(_ name: String, _ kind: SettingKind) -> SettingKind {
        let expected = "an object with \(name.quoted)"
        return SettingKind(
            expected: expected,
            schema: [
                "type": "object", "required": [.string(name)], "properties": [name: .object(kind.schema)],
                "additionalProperties": false,
            ],
            reading: { json in
                guard let object = json.object, let value = object[name] else {
                    return .failure(SettingFault(expected: expected, got: json))
                }
                if let other = object.names.first(where: { !$0.isSame(as: name) }) {
                    let fault = SettingFault("\(other.quoted) is no member here; expected \(name.quoted) alone")
                    return .failure(fault.inside(.member(other)))
                }
                return kind.read(value).mapError { $0.inside(.member(name)) }
            }, writing: { [name: kind.write($0)] })
    }
}

extension API {
    /// Whether the ACME server can be reached.
    static let connectionRoutes: [Route] = [
        .get(
            "/connections", "Whether connections to the ACME server are refused",
            of: Schema.object(["areRefused": Schema.flag])
        ) { ["areRefused": .bool($0.ca.refusesConnections)] },
        .await(.post, "/connections/refuse", "Refuses connections to the ACME server and closes existing ones") {
            try await $0.ca.refuseConnections()
        },
        .await(.post, "/connections/accept", "Accepts connections to the ACME server again") {
            try await $0.ca.acceptConnections()
        },
    ]
}
