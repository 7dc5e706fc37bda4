// How full an environment says it is, and copies of it.

import FoundationEssentials
import Glibc
import LMDB
import Testing

@Suite struct UsageTests {
    @Test("usage counts pages as they are used, freed and made available again")
    func usage() throws {
        let scratch = try Scratch(mapBytes: (8 << 20) - 1)
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let empty = try scratch.environment.usage()
        // The map is rounded up to pages.
        #expect(empty.mapBytes == 8 << 20 && empty.pageBytes == page)
        #expect(empty.readersMax >= 16 && empty.readersActive == 0 && empty.oldestReader == nil)

        var transaction = try scratch.environment.beginWrite()
        let value = [UInt8](repeating: 1, count: 100 * page - 100)
        try transaction.put(bytes("large"), value, in: scratch.database)
        try transaction.commit()
        let full = try scratch.environment.usage()
        #expect(full.lastCommit == empty.lastCommit + 1)
        #expect(full.pagesUsed >= empty.pagesUsed + 100)
        #expect(full.pagesAvailable <= empty.pagesAvailable - 100)
        #expect(full.bytesAvailable == full.pagesAvailable * page)
        #expect(try scratch.directory.dataFileBytes() <= full.pagesUsed * page)

        var removal = try scratch.environment.beginWrite()
        try removal.delete(bytes("large"), in: scratch.database)
        try removal.commit()
        let freed = try scratch.environment.usage()
        #expect(freed.pagesFree >= full.pagesFree + 100)
        // What the last commit freed serves the commit after the next.
        #expect(freed.pagesReusable < 100)
        try scratch.store(["a"])
        let reusable = try scratch.environment.usage()
        #expect(reusable.pagesReusable >= 100)
        #expect(reusable.pagesUsed <= freed.pagesUsed + 5)
    }

    @Test("pages that a live reader may see are not counted as available")
    func oldestReader() throws {
        let scratch = try Scratch()
        var transaction = try scratch.environment.beginWrite()
        try transaction.put(
            bytes("large"), [UInt8](repeating: 1, count: 400_000), in: scratch.database)
        try transaction.commit()
        do {
            let reader = try scratch.environment.beginRead()
            var removal = try scratch.environment.beginWrite()
            try removal.delete(bytes("large"), in: scratch.database)
            try removal.commit()
            for key in ["a", "b", "c"] { try scratch.store([key]) }
            let usage = try scratch.environment.usage()
            #expect(usage.readersActive == 1)
            #expect(usage.oldestReader == usage.lastCommit - 4)
            #expect(usage.pagesFree > 90 && usage.pagesReusable < 90)
            #expect(try reader.count(of: scratch.database) == 1)
        }
        let usage = try scratch.environment.usage()
        #expect(usage.readersActive == 0 && usage.oldestReader == nil)
        #expect(usage.pagesReusable > 90)
    }

    @Test("a copy holds the last commit, is the owner's alone, and overwrites nothing")
    func copy() throws {
        for compacting in [false, true] {
            let scratch = try Scratch()
            try scratch.store((0..<500).map { "key \($0)" })
            var removal = try scratch.environment.beginWrite()
            try removal.removeAll(in: scratch.database)
            try removal.commit()
            try scratch.store(["a", "b"])
            let target = try ScratchDirectory()
            try scratch.environment.copy(to: target.path, compacting: compacting)
            let attributes = try FileManager.default.attributesOfItem(atPath: target.dataFile.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let again = failure { () throws(LMDBError) in
                try scratch.environment.copy(to: target.path, compacting: compacting)
            }
            #expect(again == .other(code: EEXIST, text: "File exists"))

            let copied = try target.open()
            let database = try copied.openDatabases(["documents"], creating: false)[0]
            let transaction = try copied.beginRead()
            #expect(try transaction.keys(in: database) == ["a", "b"])
            let pages = try scratch.environment.usage().pagesUsed
            #expect(try copied.usage().pagesUsed < pages || !compacting)
        }
    }
}
