// Two questions about the ground that an environment stands on: whether anybody else has claimed
// it, and how much room its file system has left.

import CLMDB
import Glibc

extension Environment {
    /// Claims the directory for this environment alone, until it closes or the process ends.
    ///
    /// Advisory, among those who claim: LMDB would let several processes write in turn, but a
    /// program that keeps state of its own beside the data must be the only one. Looking at the
    /// data, or copying it, needs no claim. Throws `alreadyOpen` when another has claimed it.
    package func claim() throws(LMDBError) {
        guard flock(directory.descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        guard errno != EWOULDBLOCK else {
            throw LMDBError(.alreadyOpen, operation: "claim directory", subject: path)
        }
        throw LMDBError(code: errno, operation: "claim directory", subject: path)
    }

    /// Bytes that the file system would still give to this user.
    package func fileSystemBytesFree() throws(LMDBError) -> Int {
        var status = statvfs()
        guard unsafe fstatvfs(directory.descriptor, &status) == 0 else {
            throw LMDBError(code: errno, operation: "look at file system", subject: path)
        }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}
