import CairnModel
import CairnTransport

extension ListenAddress {
    /// The addresses to listen on, here and now.
    ///
    /// A name is resolved, and stands for one address, an IPv4 one if it has any, as with Go. Of several addresses those of
    /// IPv6 are left out on machines that have none, such as many containers.
    func boundAddresses() throws(SettingsError) -> [CairnIPAddress] {
        guard let addresses else {
            let found = SystemResolver.addresses(of: host, isV6: nil).addresses
            guard let first = found.first(where: { !$0.isV6 }) ?? found.first else {
                throw SettingsError("listen \(self): \(host) is no name of this machine")
            }
            return [first]
        }
        guard addresses.count > 1 else { return addresses }
        return addresses.filter { !$0.isV6 || CairnIPAddress.loopbackV6.isHere }
    }
}
