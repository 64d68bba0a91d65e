// swift-tools-version: 6.1

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOTLS", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOHPACK", package: "swift-nio-http2"),
    .product(name: "NIOHTTP2", package: "swift-nio-http2"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]

let package = Package(
    name: "cairn",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .library(name: "Cairn", targets: ["Cairn"]),
        .library(name: "CairnTesting", targets: ["CairnTesting"]),
        .executable(name: "cairn", targets: ["CairnCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        // The vocabulary: wire values and their encodings.
        .target(name: "Addressing", swiftSettings: strict),
        .target(name: "ACME", dependencies: ["Addressing", crypto, cryptoExtras], swiftSettings: strict),
        // The domain.
        .target(
            name: "CertificateAuthority",
            dependencies: ["ACME", "Addressing", asn1, crypto, cryptoExtras, x509],
            swiftSettings: strict),
        .target(name: "FakeDNS", dependencies: ["Addressing", collections], swiftSettings: strict),
        .target(
            name: "Engine",
            dependencies: ["ACME", "Addressing", "CertificateAuthority", collections, heap],
            swiftSettings: strict),
        .target(
            name: "Validation",
            dependencies: ["ACME", "Addressing", "FakeDNS", asn1, crypto, x509],
            swiftSettings: strict),
        // The edge.
        .target(
            name: "Gateway", dependencies: ["ACME", "Addressing", "CertificateAuthority", "Engine", httpTypes],
            swiftSettings: strict),
        .target(
            name: "Transport",
            dependencies: ["ACME", "Addressing", "FakeDNS", "Gateway", "Validation", asn1, crypto, httpTypes, x509]
                + nio,
            swiftSettings: strict),
        // The doors.
        .target(
            name: "Cairn",
            dependencies: [
                "ACME", "Addressing", "CertificateAuthority", "Engine", "FakeDNS", "Gateway", "Transport", "Validation",
                httpTypes,
            ],
            swiftSettings: strict),
        .target(name: "CairnTesting", dependencies: ["Cairn"], swiftSettings: strict),
        .target(name: "Management", dependencies: ["Cairn", "Gateway", httpTypes], swiftSettings: strict),
        .executableTarget(
            name: "CairnCommand",
            dependencies: [
                "Cairn", "Management",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // What the tests use: a judge that shares no code with what it judges, and a client that can misbehave.
        .systemLibrary(
            name: "COpenSSL", path: "Tests/COpenSSL", pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .target(name: "OpenSSLJudge", dependencies: ["COpenSSL"], path: "Tests/OpenSSLJudge", swiftSettings: strict),
        .target(
            name: "ReferenceClient", dependencies: ["Gateway", "OpenSSLJudge", crypto, cryptoExtras, httpTypes],
            path: "Tests/ReferenceClient", swiftSettings: strict),
        // What a user's project looks like.
        .target(
            name: "ExampleClient", dependencies: [asn1, crypto, x509] + nio, path: "Examples/Client",
            swiftSettings: strict),
        .testTarget(
            name: "SwiftTestingExample", dependencies: ["CairnTesting", "ExampleClient"], path: "Examples/SwiftTesting",
            swiftSettings: strict),
        .testTarget(
            name: "XCTestExample", dependencies: ["CairnTesting", "ExampleClient"], path: "Examples/XCTest",
            swiftSettings: strict),
        // The tests.
        .testTarget(
            name: "ACMETests", dependencies: ["ACME", "Addressing", crypto, cryptoExtras], swiftSettings: strict),
        .testTarget(
            name: "CertificateAuthorityTests",
            dependencies: ["ACME", "Addressing", "CertificateAuthority", "OpenSSLJudge", asn1, crypto],
            swiftSettings: strict),
        .testTarget(
            name: "EngineTests", dependencies: ["ACME", "Addressing", "CertificateAuthority", "Engine"],
            swiftSettings: strict),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "ACME", "Addressing", "CertificateAuthority", "Engine", "Gateway", "ReferenceClient", asn1, crypto,
                cryptoExtras, httpTypes, x509,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TransportTests",
            dependencies: [
                "ACME", "Addressing", "FakeDNS", "Gateway", "Transport", "Validation", asn1, crypto, httpTypes, x509,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio,
            swiftSettings: strict),
        .testTarget(name: "FakeDNSTests", dependencies: ["Addressing", "FakeDNS"], swiftSettings: strict),
        .testTarget(
            name: "ValidationTests",
            dependencies: ["ACME", "Addressing", "FakeDNS", "Validation", asn1, crypto, x509],
            swiftSettings: strict),
        .testTarget(
            name: "CairnTests",
            dependencies: ["Cairn", "CairnTesting", "OpenSSLJudge", "ReferenceClient", crypto, httpTypes],
            swiftSettings: strict),
        .testTarget(
            name: "ManagementTests",
            dependencies: ["Cairn", "Management", "OpenSSLJudge", "ReferenceClient", httpTypes], swiftSettings: strict),
        .testTarget(
            name: "CommandTests", dependencies: ["Cairn", "CairnCommand", "OpenSSLJudge", "ReferenceClient"],
            swiftSettings: strict),
    ]
)
