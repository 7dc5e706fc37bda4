// What can go wrong, as a caller must tell it apart: waiting for room, giving back pressure,
// stopping the service, or refusing one key. Every error says what was attempted and on what;
// the number that LMDB or the system gave is never lost.

import CLMDB
import Glibc

/// A failed operation: what kind of failure, which operation, on which subject.
package struct LMDBError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        /// The reserved map has no room. Removing and committing makes room again.
        case mapFull
        /// All reader slots are taken; retry when a read transaction ends.
        case readersFull
        /// One transaction changed more pages than LMDB can track; do less per commit.
        case transactionFull
        /// More named databases than the environment was opened for.
        case databasesFull
        /// The named database was to exist and does not.
        case databaseMissing
        /// The key exceeds the limit, in bytes. Checked before LMDB is called.
        case keyTooLong(limit: Int)
        /// LMDB stores no empty key. Checked before LMDB is called.
        case keyEmpty
        /// The file system or the quota has no room.
        case noSpace
        /// The device failed to read or write.
        case inputOutput
        /// The stored pages contradict each other, or the data file lost its end.
        case corrupted
        /// The last page of a commit could not be written: this process cannot use the
        /// environment any more and must open it anew.
        case unusable
        /// An earlier failure spoiled this write transaction; it can only be dropped.
        case transactionFailed
        /// The file was written by another, incompatible LMDB.
        case versionMismatch
        /// The file is no LMDB environment.
        case invalidFile
        /// This process has the environment open already, or another has claimed it.
        case alreadyOpen
        /// LMDB's locks and memory map are not safe on this file system (its name or number).
        case remoteFileSystem(String)
        /// The system refused: file permissions, or a read-only environment or file system.
        case notPermitted
        /// Any other number, of LMDB (negative) or `errno` (positive), with its text.
        case other(code: Int32, text: String)
    }

    package let kind: Kind
    /// The operation that failed, as a verb phrase: "commit", "put".
    package let operation: String
    /// What it was done to: a path, or the name of a database.
    package let subject: String

    /// Also for callers who find that what they stored does not decode (`.corrupted`).
    package init(_ kind: Kind, operation: String, subject: String) {
        self.kind = kind
        self.operation = operation
        self.subject = subject
    }

    /// From a number returned by LMDB, which passes `errno` values through.
    init(code: Int32, operation: String, subject: String) {
        self.init(Kind(code: code), operation: operation, subject: subject)
    }

    package var description: String { "\(operation) on \(subject): \(kind.text)" }
}

extension LMDBError.Kind {
    init(code: Int32) {
        switch code {
        case MDB_MAP_FULL: self = .mapFull
        case MDB_READERS_FULL: self = .readersFull
        case MDB_TXN_FULL: self = .transactionFull
        case MDB_DBS_FULL: self = .databasesFull
        case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_CURSOR_FULL, MDB_PAGE_FULL: self = .corrupted
        case MDB_PANIC: self = .unusable
        case MDB_BAD_TXN: self = .transactionFailed
        case MDB_VERSION_MISMATCH: self = .versionMismatch
        case MDB_INVALID: self = .invalidFile
        case ENOSPC, EDQUOT: self = .noSpace
        case EIO: self = .inputOutput
        case EACCES, EPERM, EROFS: self = .notPermitted
        default: self = .other(code: code, text: unsafe String(cString: mdb_strerror(code)))
        }
    }

    /// One sentence for people, without the operation and its subject.
    package var text: String {
        switch self {
        case .mapFull: "the reserved map is full"
        case .readersFull: "all reader slots are taken"
        case .transactionFull: "the transaction changes too many pages"
        case .databasesFull: "more named databases than the environment was opened for"
        case .databaseMissing: "no database of this name"
        case .keyTooLong(let limit): "the key is longer than \(limit) bytes"
        case .keyEmpty: "the key is empty"
        case .noSpace: "no space left on the file system, or the quota is used up"
        case .inputOutput: "the device failed to read or write"
        case .corrupted: "the stored data is corrupt"
        case .unusable: "an earlier commit failed half-way; open the environment anew"
        case .transactionFailed: "the transaction has failed and can only be dropped"
        case .versionMismatch: "written by an incompatible version of LMDB"
        case .invalidFile: "not an LMDB environment"
        case .alreadyOpen: "it is in use already"
        case .remoteFileSystem(let name): "locks and maps are not safe on a \(name) file system"
        case .notPermitted: "not permitted"
        case .other(let code, let text): "\(text) (\(code))"
        }
    }
}
