// swift-tools-version: 6.2
// Trạm: targets, their arrows, and two lists of compiler settings. The arrows are checked against
// Docs/Architecture.md by Tests/TidyTests.

import PackageDescription

/// Every target: what later language versions will require, and no warning left standing.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// The pure targets: no clock and no task is even in scope.
let pure: [SwiftSetting] =
    strict + [.unsafeFlags(["-Xfrontend", "-disable-implicit-concurrency-module-import"])]

let argumentParser: Target.Dependency =
    .product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency =
    .product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle: Target.Dependency =
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let unixSignals: Target.Dependency =
    .product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }

func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [],
    settings: [SwiftSetting] = strict
) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "tram",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries of the system
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),

        // pure
        library("RelayCore", settings: pure),
        library(
            "RelayWire", ["RelayCore", protobuf],
            exclude: ["envelope.proto", "frames.proto", "generate.sh", "records.proto"]),

        // the turn
        library("RelayEngine", ["RelayCore"]),

        // shells
        library("LMDB", ["CLMDB"]),
        library("OpenSSL", ["COpenSSL"]),
        library("EdXML", ["CLibXML2"]),
        library("RelayStore", ["RelayCore", "RelayWire", "LMDB"]),
        library(
            "RelayPeer",
            ["RelayCore", "RelayWire", "OpenSSL", nio("NIOCore"), nio("NIOPosix"), logging]),
        library("RelayTrust", ["RelayCore", "RelayWire", "OpenSSL"]),
        library("RelayReport", ["RelayCore"]),
        library("RelayConfiguration", ["RelayCore", yams]),
        library(
            "RelayAPI",
            [
                "RelayCore", hummingbird, hummingbirdCore, logging, lifecycle, nio("NIOCore"),
                nio("NIOPosix"), nio("NIOHTTP1"),
            ]),
        library("RelaySimulator", ["RelayCore", "RelayWire", "RelayEngine"]),
        library(
            "RelayFleet",
            [
                "EdXML", "OpenSSL", "RelayAPI", "RelayCore", "RelayTrust", nio("NIOCore"),
                nio("NIOPosix"),
            ]),

        // programs
        program(
            "relayd",
            [
                "EdXML", "OpenSSL", "RelayAPI", "RelayConfiguration", "RelayCore", "RelayEngine",
                "RelayPeer", "RelayReport", "RelayStore", "RelayTrust", "RelayWire", argumentParser,
                lifecycle,
                logging, system, unixSignals, nio("NIOCore"), nio("NIOPosix"),
            ]),
        program(
            "relayctl",
            [
                "RelayAPI", "RelayConfiguration", "RelayCore", "RelayReport", "RelayTrust",
                argumentParser,
            ]),
        program(
            "relaysim", ["RelayConfiguration", "RelayCore", "RelaySimulator", argumentParser]),
        program(
            "relaydemo",
            [
                "RelayAPI", "RelayCore", "RelayFleet", "RelayReport", "RelayTrust", argumentParser,
                unixSignals,
            ]),

        // tests: one target per source target
        tests("RelayCoreTests", ["RelayCore"]),
        tests("RelayWireTests", ["RelayWire", "RelayCore"], resources: [.copy("Vectors")]),
        tests(
            "relaysimTests",
            ["relaysim", "RelayConfiguration", "RelayCore", "RelaySimulator", argumentParser]),
        tests("RelayEngineTests", ["RelayEngine", "RelaySimulator", "RelayCore"]),
        tests("LMDBTests", ["LMDB"]),
        tests("OpenSSLTests", ["OpenSSL"]),
        tests("EdXMLTests", ["EdXML"], resources: [.copy("Fixtures")]),
        .target(
            name: "LedgerConformance", dependencies: ["RelayCore", "RelayEngine"],
            path: "Tests/LedgerConformance", swiftSettings: strict),
        tests(
            "RelayStoreTests",
            ["RelayStore", "RelayEngine", "RelayCore", "RelayWire", "LMDB", "LedgerConformance"]),
        tests(
            "RelayPeerTests",
            [
                "RelayPeer", "RelayCore", "RelayWire", "OpenSSL", logging, nio("NIOCore"),
                nio("NIOPosix"),
            ]),
        tests("RelayReportTests", ["RelayReport", "RelayCore"]),
        tests("RelayTrustTests", ["RelayTrust", "RelayCore", "RelayWire", "OpenSSL"]),
        tests("RelayConfigurationTests", ["RelayConfiguration", "RelayCore"]),
        tests(
            "RelayAPITests",
            [
                "RelayAPI", "RelayCore", "RelayTrust", lifecycle, logging, nio("NIOCore"),
                nio("NIOPosix"),
            ]),
        tests(
            "relayctlTests",
            ["relayctl", "RelayAPI", "RelayCore", "RelayTrust", argumentParser, logging]),
        tests(
            "RelaySimulatorTests",
            ["RelaySimulator", "RelayEngine", "RelayCore", "LedgerConformance"]),
        tests("Scenarios", ["RelaySimulator", "RelayCore"], resources: [.copy("Scripts")]),
        tests(
            "RelayFleetTests",
            ["RelayFleet", "RelayAPI", "RelayCore", "RelayReport", "RelayStore", "RelayTrust"]),
        tests(
            "relaydTests",
            [
                "relayd", "EdXML", "OpenSSL", "RelayAPI", "RelayCore", "RelayFleet", "RelayStore",
                "RelayTrust",
                nio("NIOCore"), nio("NIOPosix"),
            ]),
        tests("TidyTests"),
    ],
    swiftLanguageModes: [.v6]
)
