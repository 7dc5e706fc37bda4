// One LMDB environment: a directory with a data file and a lock file, mapped into memory.
//
// It is opened durable: no option here lets a commit return before the data is on the device.
// Reader slots belong to transactions, not to threads (MDB_NOTLS), so short reads can come from
// any thread. What it leaves to others: which databases there are, and keeping other processes
// from writing (LMDB serialises them, but one relay has one writer).

import CLMDB
import Glibc
import Synchronization

/// An open environment. It closes when the last reference to it and its last transaction end.
@safe package final class Environment: Sendable {
    package struct Options: Sendable {
        /// Address space reserved, and the most the data file can grow to; rounded up to pages.
        package var mapBytes: Int
        package var databasesMax: Int
        /// Read transactions at one time, of all processes.
        package var readersMax: Int
        /// Permissions of files that are created, before the umask.
        package var mode: UInt32
        /// For looking at an environment that nothing writes to.
        package var isReadOnly: Bool

        package init(
            mapBytes: Int, databasesMax: Int = 32, readersMax: Int = 126, mode: UInt32 = 0o600,
            isReadOnly: Bool = false
        ) {
            self.mapBytes = mapBytes
            self.databasesMax = databasesMax
            self.readersMax = readersMax
            self.mode = mode
            self.isReadOnly = isReadOnly
        }
    }

    package let path: String
    package let isReadOnly: Bool
    /// The longest key, in bytes (511 as Debian builds LMDB).
    package let keyBytesMax: Int
    /// Reader slots of dead processes that were found and freed while opening.
    package let staleReadersAtOpen: Int

    // `MDB_env` may be used by any thread at any time (lmdb.h); the pointer itself never changes
    // and is freed by `deinit` alone, which the compiler cannot know of a C pointer.
    nonisolated(unsafe) let handle: OpaquePointer
    /// Tells the handles of one environment from those of another, for the process's lifetime.
    let number: UInt64
    let opening = Mutex<Void>(())
    let directory: EnvironmentDirectory
    /// The thread that holds the write transaction. LMDB's lock would wait for ever for a second
    /// one of the same thread, and must be released by the thread that took it.
    private let writer = Mutex<pthread_t?>(nil)

    private static let numbers = Atomic<UInt64>(0)

    /// Opens the environment in the directory `path`, which must exist; its files are created
    /// unless `isReadOnly`.
    ///
    /// Throws `alreadyOpen` when this process has it open under any path, `remoteFileSystem`,
    /// `invalidFile`, `versionMismatch`, `corrupted` when the data file has lost its end,
    /// `notPermitted`, `noSpace`, or `other` (ENOENT when there is no such directory).
    package init(path: String, options: Options) throws(LMDBError) {
        precondition(options.mapBytes > 0 && options.databasesMax > 0 && options.readersMax > 0)
        let directory = try EnvironmentDirectory(path: path)
        let handle = unsafe try Self.open(path: path, options: options)
        self.path = path
        self.isReadOnly = options.isReadOnly
        self.directory = directory
        unsafe self.handle = unsafe handle
        self.keyBytesMax = unsafe Int(mdb_env_get_maxkeysize(handle))
        self.number = Self.numbers.add(1, ordering: .relaxed).newValue
        var stale: Int32 = 0
        let code = unsafe mdb_reader_check(handle, &stale)
        self.staleReadersAtOpen = Int(stale)
        // From here on `deinit` closes the handle, also when one of these throws.
        guard code == MDB_SUCCESS else {
            throw LMDBError(code: code, operation: "check readers", subject: path)
        }
        if !isReadOnly { try directory.sync(path: path) }
        try checkFileLength()
    }

    deinit {
        unsafe mdb_env_close(handle)
    }

    private static func open(path: String, options: Options) throws(LMDBError) -> OpaquePointer {
        var created: OpaquePointer?
        var code = unsafe mdb_env_create(&created)
        guard code == MDB_SUCCESS, let handle = unsafe created else {
            throw LMDBError(code: code, operation: "create environment", subject: path)
        }
        let page = max(Int(sysconf(Int32(_SC_PAGESIZE))), 1)
        let mapBytes = options.mapBytes.roundedUp(toMultipleOf: page)
        code = unsafe mdb_env_set_mapsize(handle, mapBytes)
        if code == MDB_SUCCESS {
            code = unsafe mdb_env_set_maxdbs(handle, MDB_dbi(options.databasesMax))
        }
        if code == MDB_SUCCESS {
            code = unsafe mdb_env_set_maxreaders(handle, UInt32(options.readersMax))
        }
        if code == MDB_SUCCESS {
            let flags = MDB_NOTLS | (options.isReadOnly ? MDB_RDONLY : 0)
            code = unsafe mdb_env_open(handle, path, UInt32(flags), options.mode)
        }
        guard code == MDB_SUCCESS else {
            unsafe mdb_env_close(handle)
            throw LMDBError(code: code, operation: "open environment", subject: path)
        }
        return unsafe handle
    }
}

// MARK: - Transactions

extension Environment {
    /// Begins a read transaction: a snapshot of the last commit. Keep it short: pages that later
    /// commits free cannot be used again while it lives. Throws `readersFull`.
    package func beginRead() throws(LMDBError) -> ReadTransaction {
        let handle = unsafe try begin(flags: UInt32(MDB_RDONLY), operation: "begin reading")
        return unsafe ReadTransaction(
            state: TransactionState(handle: handle, environment: self, isWriter: false))
    }

    /// Begins the write transaction, waiting for the one that another thread may hold.
    ///
    /// It must end on the thread that began it, and a thread can hold one only: both are traps,
    /// since LMDB would otherwise wait for ever. Throws `notPermitted` when opened read-only.
    package func beginWrite() throws(LMDBError) -> WriteTransaction {
        preconditionIsNotWriter()
        let handle = unsafe try begin(flags: 0, operation: "begin writing")
        writer.withLock { $0 = pthread_self() }
        return unsafe WriteTransaction(
            state: TransactionState(handle: handle, environment: self, isWriter: true))
    }

    private func begin(flags: UInt32, operation: String) throws(LMDBError) -> OpaquePointer {
        var begun: OpaquePointer?
        let code = unsafe mdb_txn_begin(handle, nil, flags, &begun)
        guard code == MDB_SUCCESS, let transaction = unsafe begun else {
            throw LMDBError(code: code, operation: operation, subject: path)
        }
        return unsafe transaction
    }

    /// What waits for LMDB's writer lock must not be done by the thread that holds it.
    func preconditionIsNotWriter() {
        precondition(
            writer.withLock { $0 } != pthread_self(),
            "this thread holds the write transaction already")
    }

    /// Called just before the write transaction releases LMDB's lock.
    func writerLeaves() {
        writer.withLock { (thread) in
            precondition(thread == pthread_self(), "a write transaction ends on its own thread")
            thread = nil
        }
    }
}

extension Int {
    func roundedUp(toMultipleOf unit: Int) -> Int {
        let rest = self % unit
        return rest == 0 ? self : self + (unit - rest)
    }
}
