// A scratch environment for one test: a directory of its own, removed when the test lets go.

import FoundationEssentials
import LMDB
import Testing

final class ScratchDirectory {
    let path: String
    private let isOwner: Bool

    /// The directory of another process, which removes it.
    init(of path: String) {
        self.path = path
        isOwner = false
    }

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "lmdb-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        path = url.path
        isOwner = true
    }

    deinit {
        if isOwner { try? FileManager.default.removeItem(atPath: path) }
    }

    func open(
        mapBytes: Int = 16 << 20, databasesMax: Int = 4, readersMax: Int = 16,
        isReadOnly: Bool = false
    ) throws(LMDBError) -> Environment {
        try Environment(
            path: path,
            options: .init(
                mapBytes: mapBytes, databasesMax: databasesMax, readersMax: readersMax,
                isReadOnly: isReadOnly))
    }

    /// Bytes of the data file.
    func dataFileBytes() throws -> Int {
        try Data(contentsOf: dataFile).count
    }

    var dataFile: URL { URL(filePath: path).appending(path: "data.mdb") }
}

/// An open environment with one database and a directory that outlives it.
struct Scratch {
    let directory: ScratchDirectory
    let environment: Environment
    let database: Database

    init(
        in directory: ScratchDirectory? = nil, mapBytes: Int = 16 << 20, readersMax: Int = 16
    ) throws {
        let directory = try directory ?? ScratchDirectory()
        self.directory = directory
        environment = try directory.open(mapBytes: mapBytes, readersMax: readersMax)
        database = try #require(
            try environment.openDatabases(["documents"], creating: true).first)
    }

    /// Commits one entry for each key, with the key as its value.
    func store(_ keys: [String]) throws {
        var transaction = try environment.beginWrite()
        for key in keys { try transaction.put(bytes(key), bytes(key), in: database) }
        try transaction.commit()
    }

    /// The keys of the last commit, in order.
    func keys() throws -> [String] {
        let transaction = try environment.beginRead()
        return try transaction.keys(in: database)
    }
}

extension Transaction {
    borrowing func keys(in database: Database) throws(LMDBError) -> [String] {
        try withCursor(on: database) { (cursor) throws(LMDBError) in
            var keys: [String] = []
            while try cursor.next() { keys.append(text(cursor.key)) }
            return keys
        }
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: [UInt8]?) -> String {
    bytes.map { String(decoding: $0, as: UTF8.self) } ?? "nothing"
}

/// The kind of the error that `body` throws; nil when it throws none.
func failure(_ body: () throws(LMDBError) -> Void) -> LMDBError.Kind? {
    do throws(LMDBError) {
        try body()
        return nil
    } catch {
        return error.kind
    }
}
