// swift-tools-version: 6.1

import PackageDescription

// A package of its own, because that is how Cairn is used: what is not public is not there, and the modules and types of a
// project may have any names.
let package = Package(
    name: "examples",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "cairn", path: ".."),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.2.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.19.4"),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.3"..<"6.0.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.82.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.24.0"),
    ],
    targets: [
        // The client that is tested.
        .target(
            name: "ACME",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ]),
        // The rest of the project: names that a project has, and Cairn has too.
        .target(name: "Engine"),
        .target(name: "Transport", dependencies: ["Engine"]),
        .target(name: "Validation"),
        // Its tests.
        .testTarget(
            name: "SwiftTestingTests",
            dependencies: [
                "ACME", "Engine", "Transport", "Validation",
                .product(name: "CairnTesting", package: "cairn"),
            ]),
        .testTarget(
            name: "XCTestTests", dependencies: ["ACME", .product(name: "CairnTesting", package: "cairn")]),
        .testTarget(
            name: "HTTPClientTests",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "CairnTesting", package: "cairn"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        // Tests that fail on purpose, when they are asked to.
        .testTarget(
            name: "FailingTests", dependencies: [.product(name: "CairnTesting", package: "cairn")]),
    ]
)
