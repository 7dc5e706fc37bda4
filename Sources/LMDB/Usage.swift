// How full an environment is and what keeps it from getting emptier, so that callers can keep a
// reserve and refuse in time. Everything here reads; it can be called beside a running write.

import CLMDB

extension Environment {
    /// Counted on the last commit.
    package struct Usage: Sendable, Equatable {
        /// The size of the map, which the data file never exceeds.
        package var mapBytes: Int
        package var pageBytes: Int
        /// Pages from the beginning of the file to its last page, free ones among them.
        package var pagesUsed: Int
        /// Pages that commits have freed.
        package var pagesFree: Int
        /// Those of them that the next write transaction can use: not freed by the very last
        /// commit, nor visible to a reader that is still alive.
        package var pagesReusable: Int
        /// The number of the last commit.
        package var lastCommit: Int
        package var readersActive: Int
        package var readersMax: Int
        /// The commit that the oldest live reader looks at; far behind `lastCommit` means that a
        /// long reader is filling the map.
        package var oldestReader: Int?

        /// Pages that the next write transaction can have, one at a time. A large value needs
        /// neighbouring pages, and every commit a few for the trees: keep a reserve.
        package var pagesAvailable: Int { mapBytes / pageBytes - pagesUsed + pagesReusable }
        package var bytesAvailable: Int { pagesAvailable * pageBytes }
    }

    /// Takes a read transaction for a moment. Cost: one page per commit with free pages left.
    package func usage() throws(LMDBError) -> Usage {
        let readers = try activeReaders()
        let transaction = try beginRead()
        let handle = unsafe try transaction.state.live()
        let layout = try layout()
        let oldest = readers.compactMap(\.self).min()
        var usage = Usage(
            mapBytes: layout.mapBytes, pageBytes: layout.pageBytes,
            pagesUsed: layout.pagesUsed, pagesFree: 0, pagesReusable: 0,
            lastCommit: unsafe Int(mdb_txn_id(handle)), readersActive: readers.count,
            readersMax: layout.readersMax, oldestReader: oldest)
        let bound = min(usage.lastCommit, oldest ?? usage.lastCommit)
        unsafe try forEachFreeList(handle) { (commit, pages) in
            let count = pages.count / MemoryLayout<UInt>.size
            usage.pagesFree += count
            if commit < bound { usage.pagesReusable += count }
        }
        return usage
    }

    /// Frees the reader slots of processes that died; returns how many there were.
    /// To be called from time to time: such a slot pins pages like a long reader.
    package func checkReaders() throws(LMDBError) -> Int {
        var stale: Int32 = 0
        let code = unsafe mdb_reader_check(handle, &stale)
        guard code == MDB_SUCCESS else {
            throw LMDBError(code: code, operation: "check readers", subject: path)
        }
        return Int(stale)
    }

    /// What LMDB knows of the map and the file without looking at the trees.
    func layout() throws(LMDBError) -> Layout {
        var info = unsafe MDB_envinfo()
        var statistics = MDB_stat()
        var code = unsafe mdb_env_info(handle, &info)
        if code == MDB_SUCCESS { code = unsafe mdb_env_stat(handle, &statistics) }
        guard code == MDB_SUCCESS else {
            throw LMDBError(code: code, operation: "read usage", subject: path)
        }
        return unsafe Layout(
            mapBytes: info.me_mapsize, pageBytes: Int(statistics.ms_psize),
            pagesUsed: info.me_last_pgno + 1, readersMax: Int(info.me_maxreaders))
    }

    /// Calls `body` for each list of free pages: the commit that freed them, and their numbers,
    /// a word each. LMDB keeps these lists in a tree of its own, the first (0), each as a count
    /// and that many numbers.
    func forEachFreeList(
        _ transaction: OpaquePointer, _ body: (Int, UnsafeRawBufferPointer) -> Void
    ) throws(LMDBError) {
        var cursor: OpaquePointer?
        var code = unsafe mdb_cursor_open(transaction, 0, &cursor)
        defer { if let cursor = unsafe cursor { unsafe mdb_cursor_close(cursor) } }
        let word = MemoryLayout<UInt>.size
        while code == MDB_SUCCESS {
            var key = unsafe MDB_val()
            var value = unsafe MDB_val()
            code = unsafe mdb_cursor_get(cursor, &key, &value, MDB_NEXT)
            guard code == MDB_SUCCESS else { break }
            guard unsafe key.buffer.count == word, unsafe value.buffer.count >= word else {
                code = MDB_CORRUPTED
                break
            }
            // LMDB aligns values to two bytes only.
            let count = unsafe value.buffer.loadUnaligned(as: UInt.self)
            guard count < UInt(unsafe value.buffer.count / word) else {
                code = MDB_CORRUPTED
                break
            }
            let commit = unsafe Int(key.buffer.loadUnaligned(as: UInt.self))
            let list = unsafe value.buffer[word..<(word * (Int(count) + 1))]
            unsafe body(commit, UnsafeRawBufferPointer(rebasing: list))
        }
        if code != MDB_NOTFOUND {
            throw LMDBError(code: code, operation: "read free pages", subject: path)
        }
    }

    /// One entry per live reader: the commit it looks at, or nil between two snapshots.
    private func activeReaders() throws(LMDBError) -> [Int?] {
        // LMDB gives this as lines of text only: a heading, then process, thread, transaction.
        var text = ""
        let code = unsafe withUnsafeMutablePointer(to: &text) { (text) in
            unsafe mdb_reader_list(
                handle,
                { (line, context) in
                    guard let line = unsafe line, let context = unsafe context else { return -1 }
                    unsafe context.assumingMemoryBound(to: String.self).pointee += unsafe String(
                        cString: line)
                    return 0
                }, text)
        }
        guard code >= 0 else {
            throw LMDBError(code: code, operation: "list readers", subject: path)
        }
        return text.split(separator: "\n").compactMap { (line) -> Int?? in
            let fields = line.split(separator: " ")
            guard fields.count == 3, Int(fields[0]) != nil else { return nil }
            return .some(Int(fields[2]))
        }
    }
}

struct Layout {
    let mapBytes: Int
    let pageBytes: Int
    let pagesUsed: Int
    let readersMax: Int
}
