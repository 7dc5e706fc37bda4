// Opening a store: whose it is, of which schema, and whether its timers still hold.
//
// Nothing is written before the directory is claimed and the owner and schema are checked. A store
// that cannot be opened is left as it is, and the refusal says what to do: it is never erased.

import LMDB
import RelayCore
import RelayWire

enum MetaKey {
    static let schema = Bytes("schema".utf8)
    static let relay = Bytes("relay".utf8)
    static let retention = Bytes("retention".utf8)
    static let counters = Bytes("counters".utf8)
}

/// The number of the schema. A newer one is refused. Fields that an older relay may leave out of
/// account do not change it.
enum Schema {
    static let number: UInt16 = 1
}

struct OpenedStore {
    let environment: Environment
    let databases: Databases

    init(_ settings: StoreSettings) throws(StoreRefusal) {
        do throws(LMDBError) {
            environment = try Environment(
                path: settings.directory,
                options: Environment.Options(
                    mapBytes: settings.mapBytes, databasesMax: Databases.databasesMax,
                    readersMax: settings.readersMax))
            // LMDB would let two relays write in turn; each would believe what it remembers.
            try environment.claim()
        } catch {
            throw StoreRefusal(error, settings)
        }
        try Self.check(environment, settings)
        do throws(LMDBError) {
            databases = try Databases(in: environment)
            var transaction = try environment.beginWrite()
            try transaction.put(
                MetaKey.schema, Bytes([0, UInt8(Schema.number)]), in: databases.meta)
            try transaction.put(
                MetaKey.relay, Bytes(settings.relay.text.utf8), in: databases.meta)
            try transaction.keepTimers(for: settings.retention, databases)
            try transaction.commit()
        } catch {
            throw StoreRefusal(error, settings)
        }
    }

    /// Refuses the store of a newer relay, and of another one.
    private static func check(
        _ environment: Environment, _ settings: StoreSettings
    ) throws(StoreRefusal) {
        let found: (schema: Bytes?, relay: Bytes?)
        do throws(LMDBError) {
            guard let meta = try existing("meta", in: environment) else { return }
            if try isEmpty(meta, in: environment), try hasNoDocuments(environment) {
                // Made, and cut off before anything was written to it.
                return
            }
            let transaction = try environment.beginRead()
            found.schema = try transaction.value(of: MetaKey.schema, in: meta)
            found.relay = try transaction.value(of: MetaKey.relay, in: meta)
        } catch {
            throw StoreRefusal(error, settings)
        }
        // The first commit of a store writes both, so one without them was made by something else.
        guard let schema = found.schema, schema.count == 2, let relay = found.relay else {
            throw .failed(
                "the store in \(settings.directory) does not say its schema and owner: "
                    + "it is damaged, or not a relay's; restore a copy, or give another directory")
        }
        let number = UInt16(schema[0]) << 8 | UInt16(schema[1])
        guard number <= Schema.number else {
            throw .newerSchema(
                found: number, known: Schema.number, directory: settings.directory)
        }
        guard relay == Bytes(settings.relay.text.utf8) else {
            throw .otherRelay(
                found: String(decoding: relay, as: UTF8.self), asked: settings.relay,
                directory: settings.directory)
        }
    }

    /// Nil when there is no database of this name.
    private static func existing(
        _ name: String, in environment: Environment
    ) throws(LMDBError) -> Database? {
        do throws(LMDBError) {
            return try environment.openDatabases([name], creating: false).first
        } catch {
            guard case .databaseMissing = error.kind else { throw error }
            return nil
        }
    }

    private static func hasNoDocuments(_ environment: Environment) throws(LMDBError) -> Bool {
        guard let documents = try existing("documents", in: environment) else { return true }
        return try isEmpty(documents, in: environment)
    }

    private static func isEmpty(
        _ database: Database, in environment: Environment
    ) throws(LMDBError) -> Bool {
        try environment.beginRead().count(of: database) == 0
    }
}

extension Transaction where Access == WriteAccess {
    /// Timer rows follow from records and from the retention. When that has been changed, they are
    /// made anew: a row of the old time would come due for nothing, for ever.
    fileprivate mutating func keepTimers(
        for retention: Interval, _ databases: Databases
    ) throws(LMDBError) {
        let wanted = UInt64(bitPattern: retention.milliseconds)
        let former = try number(MetaKey.retention, in: databases.meta)
        guard former != wanted else { return }
        // In the same commit as the rows: opening that is cut off begins again.
        try put(MetaKey.retention, Key.number(wanted), in: databases.meta)
        // A new store has no timers yet.
        guard former != nil else { return }
        try removeAll(in: databases.timers)
        try withWriteCursor(on: databases.deliveries) { (cursor) throws(LMDBError) in
            while try cursor.next() {
                let stored = try cursor.storedDelivery(databases)
                let timer = stored.delivery.timer(retention: retention)
                if timer != stored.timer {
                    let record = try StoredDelivery(
                        stored.delivery, arrivedAt: stored.arrivedAt, timer: timer
                    ).encoded()
                    try cursor.replaceCurrent(with: record)
                }
                guard let timer else { continue }
                let key = Key.timer(timer, stored.delivery.key)
                try cursor.withTransaction { (transaction) throws(LMDBError) in
                    _ = try transaction.put(key, Bytes(), in: databases.timers)
                }
            }
        }
    }
}

extension StoreRefusal {
    init(_ error: LMDBError, _ settings: StoreSettings) {
        switch error.kind {
        case .alreadyOpen:
            self = .inUse(directory: settings.directory)
        case .mapFull:
            self = .failed(
                "the store in \(settings.directory) does not fit into \(settings.mapBytes) bytes: "
                    + "configure a larger map")
        default:
            self = .failed("the store cannot be opened: \(error.description)")
        }
    }
}
