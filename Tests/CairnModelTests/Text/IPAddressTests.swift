import CairnModel
import Testing

@Suite("IP addresses (RFC 4291 §2.2, RFC 5952)", .timeLimit(.minutes(5)))
struct IPAddressTests {
    static let texts: [(String, String)] = [
        ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("::ffff:c000:201", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        // RFC 4291 §2.2.
        ("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
        ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"), ("FF01:0:0:0:0:0:0:101", "ff01::101"),
        ("0:0:0:0:0:0:13.1.68.3", "::d01:4403"),
        // RFC 5952 §4.1: no leading zeros; §4.2.2: a single zero is not shortened; §4.2.3: the longest run, then the first.
        ("2001:0db8::0001", "2001:db8::1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("0:0:1::", "0:0:1::"),
    ]

    @Test("An address prints in its canonical form, which reads back", arguments: texts)
    func canonical(text: String, expected: String) throws {
        let address = try #require(CairnIPAddress(text))
        #expect(address.description == expected)
        #expect(CairnIPAddress(expected) == address)
        #expect(CairnIPAddress(octets: address.octets) == address)
    }

    @Test(
        "What is not an address is refused",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "127.1", "01.2.3.4", "0x7f.0.0.1", "256.1.1.1", "1.2.3.4 ", " 1.2.3.4",
            "1.2.3.-4", "1..2.3", "localhost", "1.2.3.4:80", "1.2.3.+4", ":", ":::", "1:2", "1:2:3:4:5:6:7:8:9",
            "::1::",
            "1::2::3", "1:2:3:4:5:6:7:8::", "::12345", "::g", "[::1]", "fe80::1%eth0", "::1.2.3", "::1.2.3.4.5",
            "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "1:1.2.3.4::", "::+1", ":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:", "::1:",
            "::1.2.3.4:1",
        ])
    func refused(text: String) {
        #expect(CairnIPAddress(text) == nil)
    }

    @Test("Only four or sixteen octets make an address")
    func octets() {
        #expect(CairnIPAddress(octets: [10, 0, 0, 1]) == "10.0.0.1")
        #expect(CairnIPAddress(octets: [UInt8](repeating: 0, count: 15) + [1]) == .loopbackV6)
        for count in [0, 3, 5, 15, 17] {
            #expect(CairnIPAddress(octets: [UInt8](repeating: 0, count: count)) == nil)
        }
    }

    @Test("The name for reverse lookups is that of RFC 1035 §3.5 and RFC 3596 §2.5")
    func reverseName() {
        #expect(("192.0.2.10" as CairnIPAddress).reverseName == "10.2.0.192.in-addr.arpa")
        #expect(
            ("2001:db8::567:89ab" as CairnIPAddress).reverseName
                == "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")
    }

    @Test("An address is read from its name in reverse, in any case (RFC 8738 §6)")
    func fromReverseName() {
        for address in ["127.0.0.1", "255.254.0.9", "::", "2001:db8::ff00:42:8329"] as [CairnIPAddress] {
            #expect(CairnIPAddress(reverseName: address.reverseName) == address)
            #expect(CairnIPAddress(reverseName: address.reverseName.uppercased() + ".") == address)
        }
        let nibbles = CairnIPAddress.loopbackV6.reverseName
        for name in [
            "", ".", "arpa", "in-addr.arpa", "1.0.0.in-addr.arpa", "0.1.0.0.127.in-addr.arpa", "256.0.0.1.in-addr.arpa",
            "01.0.0.127.in-addr.arpa", "1.0.0.127.in-addr.test", "1.0.0.127.ip6.arpa", "0." + nibbles,
            String(nibbles.dropFirst(2)), "g" + nibbles.dropFirst(), "+" + nibbles.dropFirst(),
            nibbles.replacing("0.ip6", with: "+.ip6"), "..in-addr.arpa", "127.0.0.1",
        ] {
            #expect(CairnIPAddress(reverseName: name) == nil, "\(name)")
        }
    }

    @Test("Loopback is 127/8 and ::1, and URLs put IPv6 in brackets (RFC 3986 §3.2.2)")
    func loopback() {
        #expect(("127.255.0.3" as CairnIPAddress).isLoopback)
        #expect(("::1" as CairnIPAddress).isLoopback)
        #expect(!("128.0.0.1" as CairnIPAddress).isLoopback)
        #expect(!("::2" as CairnIPAddress).isLoopback)
        #expect(CairnIPAddress.loopbackV6.urlHost == "[::1]")
        #expect(CairnIPAddress.loopbackV4.urlHost == "127.0.0.1")
    }
}

@Suite("Public addresses", .timeLimit(.minutes(5)))
struct PublicAddressTests {
    @Test(
        "Addresses for special purposes are not public (RFC 6890)",
        arguments: [
            "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
            "169.254.0.1", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.255.255",
            "198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1",
            "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
            "100::1", "2001::1", "2001:1ff:ffff::", "2001:db8::1", "2002:c0a8:1::1", "3fff::1", "3fff:fff::1",
            "4000::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1",
        ] as [CairnIPAddress])
    func special(address: CairnIPAddress) {
        #expect(!address.isPublic)
    }

    @Test(
        "Their neighbours are",
        arguments: [
            "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::808:808",
            "2000::", "2001:200::1", "2001:db9::1", "2002:808:808::1", "2606:4700::1", "3fff:1000::1", "3ffe::1",
        ] as [CairnIPAddress])
    func ordinary(address: CairnIPAddress) {
        #expect(address.isPublic)
    }
}
