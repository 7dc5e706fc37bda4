// What a reload may change, and that no key is forgotten.

import Foundation
import RelayCore
import Testing

@testable import RelayConfiguration

@Suite("Changes of a running configuration")
struct ChangeTests {
    @Test("every key of the schema has a rule, and every rule a key")
    func complete() {
        let paths = Schema.rows.map(\.path)
        for path in paths {
            let rules = Rule.all.filter {
                path == $0.key || path.hasPrefix("\($0.key).")
                    || path.hasPrefix("\($0.key)[]")
            }
            #expect(rules.count == 1, "\(path) has \(rules.count) rules")
        }
        for rule in Rule.all {
            #expect(paths.contains { $0 == rule.key || $0.hasPrefix("\(rule.key).") })
        }
    }

    @Test("a change is named with its effect; what has to wait keeps its former value")
    func effects() throws {
        let former = try Sample.with(Sample.hub)
        let next = try Sample.with(
            """
            listen: [0.0.0.0:4601]
            peers:
              - code: HUB-1
                addresses: [hub1:4600]
                role: hub
            routes: [{to: "*", via: [HUB-1]}]
            retry: {keepalive: 7 s}
            log: {level: debug, format: json}

            """)
        #expect(former.changes(from: former).isEmpty)
        let changes = next.changes(from: former)
        #expect(
            changes.map(\.key) == [
                "listen", "routes", "retry.keepalive", "log.level", "log.format",
            ])
        #expect(changes.map(\.effect) == [.nextStart, .now, .newLinks, .now, .nextStart])
        let inForce = next.inForce(after: former)
        #expect(inForce.listen == former.listen && inForce.log.format == .text)
        #expect(inForce.routes == next.routes && inForce.log.level == .debug)
    }

    @Test("the file is read again whole, and another relay's is refused")
    func readAgain() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["cert", "key", "trust"] {
            let file = folder.appending(path: name)
            try Data("x".utf8).write(to: file)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
        let text = """
            relay: {code: HUB-1, data: data}
            tls: {certificate: cert, key: key, trust: trust}

            """
        let file = folder.appending(path: "relay.yaml")
        try Data(text.utf8).write(to: file)
        let running = try Configuration.load(path: file.path).get()
        #expect(try running.readAgain().get() == running)
        for (bad, word) in [
            (text.replacing("HUB-1", with: "HUB-2"), "relay.code: cannot change"),
            (text.replacing("trust: trust", with: "trust: none"), "tls.trust: "),
            (text + "rout: []\n", "rout: is not a known key"),
        ] {
            try Data(bad.utf8).write(to: file)
            let errors = #expect(throws: ConfigurationErrors.self) {
                try running.readAgain().get()
            }
            #expect(errors?.description.contains(word) == true, "\(word)")
        }
    }
}
