// The import diagram is a test: the table of Docs/Architecture.md as data, held against every
// import line. SwiftPM refuses undeclared targets; what resolves everywhere, such as Foundation,
// only this test refuses.

import Testing

/// What each target may import, beside nothing.
private let mayImport: [String: Set<String>] = [
    "RelayCore": [],
    "RelayWire": ["RelayCore", "SwiftProtobuf"],
    "RelayEngine": ["RelayCore", "Synchronization", "Glibc", "Dispatch"],
    "LMDB": ["CLMDB", "Glibc", "Synchronization"],
    "OpenSSL": ["COpenSSL", "Glibc", "Synchronization", "FoundationEssentials"],
    "EdXML": ["CLibXML2", "Glibc", "Synchronization", "FoundationEssentials"],
    "RelayStore": ["RelayCore", "RelayWire", "LMDB", "Synchronization", "Glibc"],
    "RelayPeer": [
        "RelayCore", "RelayWire", "OpenSSL", "NIOCore", "NIOPosix", "Logging", "Synchronization",
    ],
    "RelayTrust": ["RelayCore", "RelayWire", "OpenSSL", "Synchronization"],
    "RelayReport": ["RelayCore", "FoundationEssentials"],
    "RelayConfiguration": ["RelayCore", "Yams", "FoundationEssentials", "Glibc"],
    "RelayAPI": [
        "RelayCore", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOPosix",
        "NIOHTTP1", "Logging",
        "ServiceLifecycle", "Synchronization", "FoundationEssentials", "Glibc",
    ],
    "RelaySimulator": ["RelayCore", "RelayWire", "RelayEngine", "Synchronization"],
    "RelayFleet": [
        "OpenSSL", "EdXML", "RelayAPI", "RelayTrust", "RelayCore", "NIOCore", "NIOPosix",
        "Synchronization",
        "FoundationEssentials", "Foundation", "Glibc",
    ],
    "relayd": [
        "EdXML", "OpenSSL", "RelayAPI", "RelayConfiguration", "RelayCore", "RelayEngine",
        "RelayPeer", "RelayReport", "RelayStore", "RelayTrust", "RelayWire", "LMDB",
        "ArgumentParser", "Logging",
        "ServiceLifecycle", "NIOCore", "NIOPosix", "Synchronization", "FoundationEssentials",
        "SystemPackage", "UnixSignals",
    ],
    "relayctl": [
        "RelayAPI", "RelayConfiguration", "RelayReport", "RelayTrust", "RelayCore",
        "ArgumentParser", "NIOCore",
        "FoundationEssentials", "Foundation", "Glibc",
    ],
    "relaysim": [
        "RelaySimulator", "RelayConfiguration", "RelayCore", "ArgumentParser", "Foundation",
    ],
    "relaydemo": [
        "UnixSignals", "Foundation", "RelayFleet", "RelayAPI", "RelayCore", "RelayReport",
        "RelayTrust", "Synchronization", "ArgumentParser",
        "FoundationEssentials", "Glibc",
    ],
]

@Suite("imports") struct ImportTests {
    @Test("every target imports only what the table allows")
    func imports() throws {
        for file in try PackageFiles.swift() where !file.isTest {
            if file.isGenerated { continue }
            let allowed = try #require(
                mayImport[file.target], "\(file.target) is not in the table")
            for module in file.imports {
                #expect(
                    allowed.contains(module),
                    "\(file.path) imports \(module), which \(file.target) may not")
            }
        }
    }

    @Test("the table names the targets that exist, and no others")
    func tableIsComplete() throws {
        let targets = Set(try PackageFiles.swift().filter { !$0.isTest }.map(\.target))
        #expect(targets == Set(mayImport.keys))
    }

    @Test("the picture in Docs/Architecture.md names every target of the table")
    func pictureIsComplete() throws {
        let picture = try PackageFiles.text(of: "Docs/Architecture.md")
        for target in mayImport.keys {
            #expect(picture.contains(target), "Docs/Architecture.md does not mention \(target)")
        }
    }

    @Test("the core can see no clock, no task and no chance")
    func coreIsPure() throws {
        let banned = [
            ".random", " Date(", "(Date(", "ContinuousClock", "SuspendingClock",
            "SystemRandomNumberGenerator",
            "DispatchTime", "async ", "await ", "Task ", "Task{",
        ]
        let pure: Set = ["RelayCore", "RelayWire"]
        for file in try PackageFiles.swift() where pure.contains(file.target) && !file.isTest {
            for (number, line) in file.lines.enumerated() where !line.isComment && !file.isGenerated
            {
                for word in banned {
                    #expect(!line.contains(word), "\(file.path):\(number + 1) has \(word)")
                }
            }
        }
    }
}

extension String {
    /// Whether nothing but a comment stands on the line.
    var isComment: Bool { drop { $0 == " " }.hasPrefix("//") }
}
