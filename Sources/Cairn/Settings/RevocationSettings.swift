extension CairnRevocationStatusPolicy {
    @SettingBuilder<Self> static var settings: [Setting<Self>] {
        Setting("updates", \.updates, .statusUpdates, "when CRLs and OCSP responses show a revocation")
        Setting(
            "crlLifetime", \.crlLifetime, .duration(.seconds(1) ... .century),
            "the time from a CRL's thisUpdate to its nextUpdate")
        Setting(
            "ocspLifetime", \.ocspLifetime,
            SettingKind<Duration>.duration(.seconds(1) ... .century).optional("no nextUpdate"),
            "the time from an OCSP response's thisUpdate to its nextUpdate")
        Setting(
            "echoesNonce", \.echoesNonce, .bool, "whether OCSP responses repeat the nonce of the request (RFC 9654)")
        Setting(
            "ocspAnswer", \.ocspAnswer, SettingKind<CairnOCSPAnswer>.word.optional("the truthful answer"),
            example: "tryLater",
            "a fixed answer to every OCSP request")
    }
}

extension SettingKind where Value == CairnStatusUpdates {
    fileprivate static var statusUpdates: SettingKind {
        let time = SettingKind<Duration>.duration(.seconds(1) ... .century)
        return SettingKind(
            "\"immediately\", \"manually\", or for fixed intervals \(time.expected)",
            ["anyOf": [["type": "number", "minimum": 1], ["type": "string"]]],
            read: { json in
                switch json {
                case "immediately": .immediately
                case "manually": .manually
                default: try? time.read(json).map(CairnStatusUpdates.every).get()
                }
            },
            write: { updates in
                switch updates {
                case .immediately: "immediately"
                case .manually: "manually"
                case .every(let interval): time.write(interval)
                }
            })
    }
}
