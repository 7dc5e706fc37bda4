// What depends on the machine: reading the file, and the files that it names.

import Foundation
import RelayCore
import Testing

@testable import RelayConfiguration

@Suite("Files")
struct FileTests {
    private func refusal(_ path: String) -> String {
        guard case .failure(let errors) = Configuration.load(path: path) else { return "" }
        return errors.description.replacing(path, with: "FILE")
    }

    @Test("a file is read, and names itself in messages")
    func load() throws {
        let folder = try Folder()
        let good = try folder.write("good.yaml", Sample.minimal.utf8)
        let configuration = try Configuration.load(path: good).get()
        #expect(configuration.file == good)
        #expect(configuration.relay.code.text == "H26.1.2")
        let bad = try folder.write("bad.yaml", (Sample.minimal + "x: 1\n").utf8)
        #expect(refusal(bad).hasPrefix("FILE:8:1: x: is not a known key here; "))
    }

    @Test("a symbolic link to a file is followed, one in a circle is not")
    func links() throws {
        let folder = try Folder()
        try folder.write("good.yaml", Sample.minimal.utf8)
        let manager = FileManager.default
        for (name, target) in [
            "near": "good.yaml", "far": "\(folder.path)/near", "circle": "circle",
            "broken": "nowhere",
        ] {
            try manager.createSymbolicLink(
                atPath: "\(folder.path)/\(name)", withDestinationPath: target)
        }
        #expect(
            try Configuration.load(path: "\(folder.path)/far").get().relay.code.text == "H26.1.2")
        #expect(
            refusal("\(folder.path)/circle")
                == "FILE:1:1: (file): cannot be examined: too many symbolic links")
        #expect(refusal("\(folder.path)/broken").contains("does not exist"))
    }

    @Test("what is no file of UTF-8 is refused with the reason")
    func noFile() throws {
        let folder = try Folder()
        #expect(
            refusal("\(folder.path)/none.yaml")
                == "FILE:1:1: (file): does not exist; give the path of a configuration file")
        #expect(
            refusal(folder.path) == "FILE:1:1: (file): is a directory; give the path of a file")
        #expect(
            refusal("/dev/zero") == "FILE:1:1: (file): is not a regular file; give the path of one")
        let large = try folder.write("large", [UInt8](repeating: 0x23, count: 1_048_577))
        #expect(refusal(large) == "FILE:1:1: (file): has 1048577 bytes; at most 1048576 are read")
    }

    @Test("the first byte that is not UTF-8 is named with its place")
    func notUTF8() throws {
        let folder = try Folder()
        let latin = try folder.write(
            "latin", Array("relay:\n  code: \u{1EC7}".utf8) + [0xEA, 0x0A])
        #expect(
            refusal(latin)
                == "FILE:2:10: (file): is not UTF-8: the byte 0xEA here; save the file as UTF-8")
        let wide = try folder.write(
            "wide", [0xFF, 0xFE] + Array("relay:".utf8).flatMap { [$0, 0] })
        #expect(
            refusal(wide)
                == "FILE:1:1: (file): is not UTF-8: the byte 0xFF here; save the file as UTF-8")
        let cut = try folder.write("cut", Array("a: \u{1EC7}".utf8).dropLast())
        #expect(refusal(cut).hasPrefix("FILE:1:4: (file): is not UTF-8: the byte 0xE1 here"))
    }
}

@Suite("The files that a configuration names")
struct FileCheckTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
        for name in ["cert.pem", "trust.pem"] { try folder.write(name, "x".utf8, mode: 0o644) }
        for name in ["key.pem", "sign.key", "token"] { try folder.write(name, "x".utf8) }
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/run", withIntermediateDirectories: false)
    }

    private static let text = """
        relay: {code: A1, data: data}
        tls:
          certificate: cert.pem
          key: key.pem
          trust: trust.pem
        receipts:
          certificate: cert.pem
          key: sign.key
          trust: trust.pem
        api:
          socket: run/s
          tcp: {port: 0, tokenFile: token}
        log:
          delivery: run/d.log

        """

    private func report(_ text: String = Self.text) throws -> String {
        let configuration = try Sample.configuration(text, file: "\(folder.path)/f")
        return configuration.checkFiles()?.description.replacing(folder.path + "/", with: "") ?? ""
    }

    @Test("files that are there and well kept pass, and so does a data directory still to be made")
    func good() throws {
        #expect(try report() == "")
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/data", withIntermediateDirectories: false)
        #expect(try report() == "")
        // What is in the data directory by default needs no directory of its own.
        #expect(
            try report(
                "relay: {code: A1, data: new}\n"
                    + "tls: {certificate: cert.pem, key: key.pem, trust: trust.pem}\n"
                    + "api: {socket: new/s}\nlog: {delivery: new/d}\n") == "")
    }

    @Test("every file that is missing, empty or no file is reported at its key")
    func missing() throws {
        let manager = FileManager.default
        try manager.removeItem(atPath: "\(folder.path)/cert.pem")
        try manager.removeItem(atPath: "\(folder.path)/trust.pem")
        try manager.createDirectory(
            atPath: "\(folder.path)/trust.pem", withIntermediateDirectories: false)
        try folder.write("key.pem", [])
        try folder.write("token", [UInt8](repeating: 0x61, count: 1_048_577))
        try manager.removeItem(atPath: "\(folder.path)/sign.key")
        try manager.createSymbolicLink(
            atPath: "\(folder.path)/sign.key", withDestinationPath: "/dev/null")
        #expect(
            try report() == """
                f:3:16: tls.certificate: cert.pem does not exist
                f:4:8: tls.key: key.pem is empty
                f:5:10: tls.trust: trust.pem is a directory; name a file
                f:7:16: receipts.certificate: cert.pem does not exist
                f:8:8: receipts.key: sign.key is not a regular file
                f:9:10: receipts.trust: trust.pem is a directory; name a file
                f:12:29: api.tcp.tokenFile: token has 1048577 bytes; at most 1048576 are read
                """)
    }

    @Test(
        "a secret that others than its owner can touch is refused",
        arguments: [0o640, 0o604, 0o601])
    func openSecrets(mode: Int) throws {
        for name in ["key.pem", "sign.key", "token"] {
            try folder.write(name, "x".utf8, mode: mode)
        }
        let said = "has mode 0\(String(mode, radix: 8)), so others than its owner have access; run:"
        #expect(
            try report() == """
                f:4:8: tls.key: key.pem \(said) chmod 600 key.pem
                f:8:8: receipts.key: sign.key \(said) chmod 600 sign.key
                f:12:29: api.tcp.tokenFile: token \(said) chmod 600 token
                """)
    }

    @Test("a link to a secret counts with the secret's mode")
    func linkedSecret() throws {
        try folder.write("real.key", "x".utf8, mode: 0o644)
        try FileManager.default.removeItem(atPath: "\(folder.path)/key.pem")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/key.pem", withDestinationPath: "real.key")
        #expect(try report().hasPrefix("f:4:8: tls.key: key.pem has mode 0644, "))
    }

    @Test("directories that are missing or no directories are reported")
    func directories() throws {
        try FileManager.default.removeItem(atPath: "\(folder.path)/run")
        try folder.write("data", "x".utf8)
        #expect(
            try report() == """
                f:1:25: relay.data: data is not a directory
                f:11:11: api.socket: the directory run does not exist; make it
                f:14:13: log.delivery: the directory run does not exist; make it
                """)
        try folder.write("run", "x".utf8)
        let text = Self.text.replacing("data: data", with: "data: none/data")
        #expect(
            try report(text) == """
                f:1:25: relay.data: the directory none does not exist; make it
                f:11:11: api.socket: run is not a directory
                f:14:13: log.delivery: run is not a directory
                """)
    }

    @Test(
        "what this user may not read or write is reported",
        .enabled(if: NSUserName() != "root", "the superuser may do everything"))
    func permissions() throws {
        try folder.write("cert.pem", "x".utf8, mode: 0o000)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o500], ofItemAtPath: "\(folder.path)/run")
        let report = try report()
        #expect(report.contains("tls.certificate: cert.pem cannot be read by this user"))
        #expect(report.contains("api.socket: the directory run cannot be written to by this user"))
    }
}
