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
let cryptoExtras: Target.Dependency = .product(name: "_CryptoExtras", package: "swift-crypto")
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

/// The commit that a release is built from, which `Release/build` says.
let commit = Context.environment["CAIRN_COMMIT"] ?? ""
/// When that was made, in seconds since 1970, as builds that can be repeated are told (reproducible-builds.org).
let time = Context.environment["SOURCE_DATE_EPOCH"].flatMap { Int($0) } ?? 0

let package = Package(
    name: "cairn",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .library(name: "Cairn", targets: ["Cairn"]),
        .library(name: "CairnTesting", targets: ["CairnTesting"]),
        .executable(name: "cairn", targets: ["CairnCommand"]),
    ],
    dependencies: [
        // As wide as possible, since a project has each package once: the floors are what the packages here demand of each other,
        // and for those that none demands, releases of early 2025, which were made for Swift 6.
        .package(url: "https://github.com/apple/swift-asn1", from: "1.2.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.19.4"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.3"..<"6.0.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.82.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.36.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
    ],
    targets: [
        // The vocabulary: wire values and their encodings.
        .target(name: "CairnModel", dependencies: [crypto, cryptoExtras], swiftSettings: strict),
        // The domain.
        .target(
            name: "CairnCertificates",
            dependencies: ["CairnModel", asn1, crypto, cryptoExtras, x509],
            swiftSettings: strict),
        .target(name: "CairnDNS", dependencies: ["CairnModel", collections, crypto], swiftSettings: strict),
        .target(
            name: "CairnEngine",
            dependencies: ["CairnModel", "CairnCertificates", collections, heap],
            swiftSettings: strict),
        .target(
            name: "CairnValidation",
            dependencies: ["CairnModel", "CairnDNS", asn1, crypto, x509],
            swiftSettings: strict),
        // The edge.
        .target(
            name: "CairnGateway", dependencies: ["CairnModel", "CairnCertificates", "CairnEngine", httpTypes],
            swiftSettings: strict),
        .target(
            name: "CairnTransport",
            dependencies: ["CairnModel", "CairnDNS", "CairnGateway", "CairnValidation", asn1, crypto, httpTypes, x509]
                + nio,
            swiftSettings: strict),
        // The doors.
        .target(
            name: "Cairn",
            dependencies: [
                "CairnModel", "CairnCertificates", "CairnEngine", "CairnDNS", "CairnGateway", "CairnTransport",
                "CairnValidation",
                httpTypes,
            ],
            swiftSettings: strict),
        .target(name: "CairnTesting", dependencies: ["Cairn"], swiftSettings: strict),
        .target(name: "CairnManagement", dependencies: ["Cairn", "CairnGateway", httpTypes], swiftSettings: strict),
        .target(
            name: "CCairnBuild",
            cSettings: [.define("CAIRN_COMMIT", to: "\"\(commit)\""), .define("CAIRN_TIME", to: "\(time)")]),
        .executableTarget(
            name: "CairnCommand",
            dependencies: ["CCairnBuild", "CairnModel", "CairnTransport", "Cairn", "CairnManagement"],
            swiftSettings: strict),
        // What the tests use: a judge that shares no code with what it judges, and a client that can misbehave.
        .systemLibrary(
            name: "CCairnOpenSSL", path: "Tests/CCairnOpenSSL", pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .target(
            name: "CairnOpenSSLJudge", dependencies: ["CCairnOpenSSL"], path: "Tests/CairnOpenSSLJudge",
            swiftSettings: strict),
        .target(
            name: "CairnReferenceClient",
            dependencies: ["CairnGateway", "CairnOpenSSLJudge", crypto, cryptoExtras, httpTypes],
            path: "Tests/CairnReferenceClient", swiftSettings: strict),
        // The tests.
        .testTarget(
            name: "CairnModelTests", dependencies: ["CairnModel", crypto, cryptoExtras], swiftSettings: strict),
        .testTarget(
            name: "CairnCertificatesTests",
            dependencies: ["CairnModel", "CairnCertificates", "CairnOpenSSLJudge", asn1, crypto],
            swiftSettings: strict),
        .testTarget(
            name: "CairnEngineTests",
            dependencies: ["CairnModel", "CairnCertificates", "CairnEngine", "CairnValidation"],
            swiftSettings: strict),
        .testTarget(
            name: "CairnGatewayTests",
            dependencies: [
                "CairnModel", "CairnCertificates", "CairnEngine", "CairnGateway", "CairnValidation",
                "CairnReferenceClient",
                asn1, crypto, cryptoExtras, httpTypes, x509,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CairnTransportTests",
            dependencies: [
                "CairnModel", "CairnDNS", "CairnGateway", "CairnTransport", "CairnValidation", asn1, crypto, httpTypes,
                x509,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio,
            swiftSettings: strict),
        .testTarget(name: "CairnDNSTests", dependencies: ["CairnModel", "CairnDNS"], swiftSettings: strict),
        .testTarget(
            name: "CairnValidationTests",
            dependencies: ["CairnModel", "CairnDNS", "CairnValidation", asn1, crypto, x509],
            swiftSettings: strict),
        .testTarget(
            name: "CairnTests",
            dependencies: ["Cairn", "CairnTesting", "CairnOpenSSLJudge", "CairnReferenceClient", crypto, httpTypes],
            swiftSettings: strict),
        .testTarget(
            name: "CairnClientBugsTests",
            dependencies: [
                "Cairn", "CairnTesting", "CairnOpenSSLJudge", "CairnReferenceClient", crypto, httpTypes,
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .testTarget(
            name: "CairnManagementTests",
            dependencies: [
                "Cairn", "CairnManagement", "CairnTesting", "CairnOpenSSLJudge", "CairnReferenceClient", httpTypes,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CairnCommandTests",
            dependencies: [
                "CairnTransport", "Cairn", "CairnManagement", "CairnCommand", "CairnOpenSSLJudge",
                "CairnReferenceClient",
            ],
            swiftSettings: strict),
    ]
)
