// What is refused when an environment is opened, and what is found out about it.

import Foundation
import Glibc
import Testing

@testable import LMDB

@Suite struct OpeningTests {
    @Test("an environment is not opened twice in a process, under any name, until it is closed")
    func alreadyOpen() throws {
        let directory = try ScratchDirectory()
        let links = try ScratchDirectory()
        let link = links.path + "/link"
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: directory.path)
        var environment: Environment? = try directory.open()
        #expect(environment != nil)
        #expect(failure { () throws(LMDBError) in _ = try directory.open() } == .alreadyOpen)
        let linked = failure { () throws(LMDBError) in
            _ = try Environment(path: link, options: .init(mapBytes: 1 << 20))
        }
        #expect(linked == .alreadyOpen)
        environment = nil
        _ = try directory.open()
    }

    @Test("a transaction keeps its environment open")
    func transactionHoldsEnvironment() throws {
        let directory = try ScratchDirectory()
        var environment: Environment? = try directory.open()
        let transaction = try #require(environment).beginRead()
        environment = nil
        #expect(failure { () throws(LMDBError) in _ = try directory.open() } == .alreadyOpen)
        #expect(transaction.state.environment.path == directory.path)
    }

    @Test("a failed opening leaves nothing registered")
    func failedOpening() throws {
        let directory = try ScratchDirectory()
        try Data(repeating: 0x55, count: 8192).write(to: directory.dataFile)
        for _ in 1...2 {
            let kind = failure { () throws(LMDBError) in _ = try directory.open() }
            #expect(kind == .invalidFile)
        }
        try FileManager.default.removeItem(at: directory.dataFile)
        _ = try directory.open()
    }

    @Test("a directory that is missing is named in the error")
    func noDirectory() {
        let path = "/nonexistent/environment"
        do throws(LMDBError) {
            _ = try Environment(path: path, options: .init(mapBytes: 1 << 20))
            Issue.record("opened a directory that does not exist")
        } catch {
            #expect(error.kind == .other(code: ENOENT, text: "No such file or directory"))
            #expect(error.description == "open directory on \(path): No such file or directory (2)")
        }
    }

    @Test("a file written by an incompatible version is told from one that is no environment")
    func versionMismatch() throws {
        let directory = try ScratchDirectory()
        _ = try directory.open()
        var data = try Data(contentsOf: directory.dataFile)
        let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
        // The version stands behind the page header and the magic number, in both meta pages.
        data[20] = 99
        data[pageBytes + 20] = 99
        try data.write(to: directory.dataFile)
        let kind = failure { () throws(LMDBError) in _ = try directory.open() }
        #expect(kind == .versionMismatch)
    }

    @Test("a data file that lost its end is refused, each time, and left as it was")
    func truncated() throws {
        let directory = try ScratchDirectory()
        do {
            let environment = try directory.open()
            let database = try environment.openDatabases(["a"], creating: true)[0]
            var transaction = try environment.beginWrite()
            for key in UInt8(0)..<100 {
                try transaction.put([key], [UInt8](repeating: key, count: 10_000), in: database)
            }
            try transaction.commit()
        }
        let whole = try Data(contentsOf: directory.dataFile)
        let short = whole.prefix(whole.count - 50_001)
        try Data(short).write(to: directory.dataFile)
        for _ in 1...2 {
            let kind = failure { () throws(LMDBError) in _ = try directory.open() }
            #expect(kind == .corrupted)
            #expect(try Data(contentsOf: directory.dataFile) == short)
        }
        try whole.write(to: directory.dataFile)
        _ = try directory.open()
    }

    @Test("a data file that is short by free pages only is no reason to refuse")
    func shortByFreePages() throws {
        let directory = try ScratchDirectory()
        let pagesUsed: Int
        let pageBytes: Int
        do {
            let environment = try directory.open()
            let database = try environment.openDatabases(["a"], creating: true)[0]
            for value in UInt8(0)..<4 {
                var transaction = try environment.beginWrite()
                try transaction.put(bytes("value"), [value], in: database)
                try transaction.commit()
            }
            // From now on there are free pages for the lists of free pages themselves.
            var transaction = try environment.beginWrite()
            // Pages taken at the end for many entries, and given back when all but one go again.
            let keys = (1000..<2000).map { bytes("key \($0)") }
            for key in keys { try transaction.put(key, key, in: database) }
            for key in keys.dropFirst().reversed() { try transaction.delete(key, in: database) }
            try transaction.commit()
            let usage = try environment.usage()
            (pagesUsed, pageBytes) = (usage.pagesUsed, usage.pageBytes)
        }
        // Otherwise this test would show nothing.
        try #require(try directory.dataFileBytes() < pagesUsed * pageBytes)
        let environment = try directory.open()
        let database = try environment.openDatabases(["a"], creating: false)[0]
        let transaction = try environment.beginRead()
        #expect(try transaction.keys(in: database) == ["key 1000", "value"])
        #expect(try directory.dataFileBytes() == pagesUsed * pageBytes)
    }

    @Test("pages that were overwritten are reported as corruption, not as absence")
    func corruptPages() throws {
        let directory = try ScratchDirectory()
        do {
            let environment = try directory.open()
            let database = try environment.openDatabases(["a"], creating: true)[0]
            var transaction = try environment.beginWrite()
            try transaction.put(bytes("k"), bytes("v"), in: database)
            try transaction.commit()
        }
        var data = try Data(contentsOf: directory.dataFile)
        let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
        // All but the two meta pages.
        data.replaceSubrange(
            (2 * pageBytes)..., with: Data(count: data.count - 2 * pageBytes))
        try data.write(to: directory.dataFile)
        let environment = try directory.open()
        let kind = failure { () throws(LMDBError) in
            _ = try environment.openDatabases(["a"], creating: false)
        }
        #expect(kind == .corrupted)
    }

    @Test("opened read-only, an environment can be read and not written")
    func readOnly() throws {
        let directory = try ScratchDirectory()
        do {
            let environment = try directory.open()
            let database = try environment.openDatabases(["a"], creating: true)[0]
            var transaction = try environment.beginWrite()
            try transaction.put(bytes("k"), bytes("v"), in: database)
            try transaction.commit()
        }
        let environment = try directory.open(isReadOnly: true)
        let database = try environment.openDatabases(["a"], creating: false)[0]
        let reading = try environment.beginRead()
        #expect(try reading.value(of: bytes("k"), in: database) == bytes("v"))
        let kind = failure { () throws(LMDBError) in _ = try environment.beginWrite() }
        #expect(kind == .notPermitted)
        let creating = failure { () throws(LMDBError) in
            _ = try environment.openDatabases(["b"], creating: true)
        }
        #expect(creating == .notPermitted)
    }

    @Test("databases that are missing, or too many, are refused by name")
    func databases() throws {
        let directory = try ScratchDirectory()
        let environment = try directory.open(databasesMax: 2)
        do throws(LMDBError) {
            _ = try environment.openDatabases(["queue"], creating: false)
            Issue.record("opened a database that does not exist")
        } catch {
            #expect(error.kind == .databaseMissing)
            #expect(error.description == "open database on 'queue': no database of this name")
        }
        let kind = failure { () throws(LMDBError) in
            _ = try environment.openDatabases(["a", "b", "c"], creating: true)
        }
        #expect(kind == .databasesFull)
        // None of the three was created: two others fit.
        let databases = try environment.openDatabases(["d", "e"], creating: true)
        #expect(databases.map(\.name) == ["d", "e"])
        #expect(try environment.openDatabases(["e"], creating: false) == [databases[1]])
    }

    @Test("files are created for their owner alone")
    func mode() throws {
        let directory = try ScratchDirectory()
        _ = try directory.open()
        for name in ["data.mdb", "lock.mdb"] {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: directory.path + "/" + name)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("network file systems are refused by their number, local ones are not")
    func fileSystems() {
        for (number, name) in [
            (0x6969, "NFS"), (0xFF53_4D42, "CIFS"), (0xFE53_4D42, "SMB2"), (0x6573_5546, "FUSE"),
        ] {
            #expect(FileSystem.unsafeName(of: UInt32(number)) == name)
        }
        // ext, XFS, Btrfs, ZFS, tmpfs, overlay.
        for number in [0xEF53, 0x5846_5342, 0x9123_683E, 0x2FC1_2FC1, 0x0102_1994, 0x794C_7630] {
            #expect(FileSystem.unsafeName(of: UInt32(number)) == nil)
        }
    }
}
