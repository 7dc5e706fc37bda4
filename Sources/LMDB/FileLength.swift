// A data file that lost its end (copied while it was written, restored to a full disk) would
// kill the process by a bus error at some later read. It is found here, when the environment is
// opened, and refused.

import CLMDB
import Glibc

extension Environment {
    /// Throws `corrupted` when pages are missing at the end of the data file.
    ///
    /// A file may be shorter than its count of pages says: LMDB does not write a page that the
    /// transaction which took it at the end gave back. Such pages are in the free lists; any
    /// other missing page is lost. So that the lists can be read at all, the file is lengthened
    /// first, with a hole, and made as it was when the answer is bad. That needs the writer's
    /// lock, so an environment that is opened read-only is not checked.
    func checkFileLength() throws(LMDBError) {
        guard !isReadOnly, try missingPages().count > 0 else { return }
        let lock = try beginWrite()
        let missing = try missingPages()
        guard missing.count > 0 else { return }
        let bytes = try fileBytes()
        try setFileBytes(missing.pageBytes * (missing.first + missing.count))
        var listed = 0
        do throws(LMDBError) {
            let reading = try beginRead()
            let transaction = unsafe try reading.state.live()
            unsafe try forEachFreeList(transaction) { (_, pages) in
                for offset in stride(from: 0, to: pages.count, by: MemoryLayout<UInt>.size) {
                    let page = unsafe pages.loadUnaligned(fromByteOffset: offset, as: UInt.self)
                    if page >= UInt(missing.first) { listed += 1 }
                }
            }
        } catch {
            try setFileBytes(bytes)
            throw error
        }
        guard listed == missing.count else {
            try setFileBytes(bytes)
            throw LMDBError(.corrupted, operation: "check length of data file", subject: path)
        }
        lock.abort()
    }

    /// The pages that the last commit counts and the file does not hold whole.
    private func missingPages() throws(LMDBError) -> (first: Int, count: Int, pageBytes: Int) {
        let layout = try layout()
        let whole = try fileBytes() / layout.pageBytes
        return (whole, max(0, layout.pagesUsed - whole), layout.pageBytes)
    }

    private func fileBytes() throws(LMDBError) -> Int {
        var descriptor: Int32 = -1
        var status = stat()
        _ = unsafe mdb_env_get_fd(handle, &descriptor)
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw LMDBError(code: errno, operation: "look at data file", subject: path)
        }
        return Int(status.st_size)
    }

    private func setFileBytes(_ count: Int) throws(LMDBError) {
        var descriptor: Int32 = -1
        _ = unsafe mdb_env_get_fd(handle, &descriptor)
        guard ftruncate(descriptor, count) == 0 else {
            throw LMDBError(code: errno, operation: "set length of data file", subject: path)
        }
    }
}
