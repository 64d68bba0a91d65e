import CairnModel

/// What one perspective sees in another way than the others.
struct ZoneOverlay {
    /// Names and failures; its default addresses are not looked at.
    var zone = Zone()
    /// `nil` where the default address of the table holds.
    var defaultIPv4: DefaultAddress?
    var defaultIPv6: DefaultAddress?

    struct DefaultAddress {
        /// `nil` for names without any.
        var address: CairnIPAddress?
    }
}

/// A zone as a perspective sees it: each name from the overlay if that has it, otherwise from the zone below.
struct OverlaidZone: ZoneContent {
    let base: Zone
    let overlay: ZoneOverlay

    var defaultIPv4: CairnIPAddress? { overlay.defaultIPv4.map(\.address) ?? base.defaultIPv4 }
    var defaultIPv6: CairnIPAddress? { overlay.defaultIPv6.map(\.address) ?? base.defaultIPv6 }

    func records(of key: DNSName) -> [CairnDNSRecord]? { overlay.zone.records(of: key) ?? base.records(of: key) }

    func hasDescendants(_ key: DNSName) -> Bool {
        overlay.zone.hasDescendants(key) || base.hasDescendants(key)
    }

    func failure(for name: DNSName, type: CairnDNSType) -> CairnDNSResponseCode? {
        if let own = overlay.zone.failure(for: name, type: type) { return own }
        return overlay.zone[name] == nil ? base.failure(for: name, type: type) : nil
    }
}
