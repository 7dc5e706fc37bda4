// A copy of the environment as of one commit, made while it is in use: what a backup takes.
// The copy is on the device when the call returns, and readable by the owner alone.

import CLMDB
import Glibc

extension Environment {
    /// Writes a copy into the existing directory `path`, which must hold no `data.mdb` yet.
    ///
    /// `compacting` leaves free pages out, for more work of the processor. Neither stops the
    /// writer for longer than the copying of two pages; but like any long reader it keeps freed
    /// pages from being used again. Throws `noSpace`, `inputOutput`, `readersFull`,
    /// `notPermitted`, or `other` (EEXIST, ENOENT); an unfinished copy is removed. A trap on the
    /// thread that holds the write transaction, which it would wait for.
    package func copy(to path: String, compacting: Bool) throws(LMDBError) {
        preconditionIsNotWriter()
        let operation = "copy environment"
        let directory = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else {
            throw LMDBError(code: errno, operation: operation, subject: path)
        }
        defer { close(directory) }
        let file = unsafe openat(
            directory, "data.mdb", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw LMDBError(code: errno, operation: operation, subject: path) }
        defer { close(file) }

        var code = unsafe mdb_env_copyfd2(handle, file, compacting ? UInt32(MDB_CP_COMPACT) : 0)
        if code == MDB_SUCCESS && fsync(file) != 0 { code = errno }
        if code == MDB_SUCCESS && fsync(directory) != 0 { code = errno }
        guard code == MDB_SUCCESS else {
            _ = unsafe unlinkat(directory, "data.mdb", 0)
            throw LMDBError(code: code, operation: operation, subject: path)
        }
    }
}
