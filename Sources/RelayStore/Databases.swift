// The named databases of the store. Docs/Store.md has the table of their keys and values.

import LMDB

struct Databases: Sendable {
    /// Schema, owner, retention, counters: by name.
    let meta: Database
    /// document -> envelope
    let documents: Database
    /// document, recipient -> delivery
    let deliveries: Database
    /// state, recipient, sequence -> document and what filters need; one row for every delivery
    let states: Database
    /// lane, place, falling priority, sequence -> document, recipient
    let queue: Database
    /// time, document, recipient -> nothing
    let timers: Database
    /// recipient, sequence -> document
    let inbox: Database
    /// destination, span, slot -> how many queued deliveries arrived in that slot
    let shape: Database
    /// upload -> body, length, last touched
    let uploads: Database
    /// document -> body
    let bodies: Database
    /// digest -> body, length, documents that share it
    let digests: Database
    /// body, index -> bytes
    let pieces: Database
    /// body -> bytes that are still to be erased
    let garbage: Database
    /// hash of a submission key, document -> the key
    let submissions: Database
    /// document, hash of a submission key -> nothing
    let remembered: Database
    /// document, kind, recipient -> receipt document
    let receipts: Database
    /// document, number -> happening
    let history: Database
    /// number -> announcement
    let events: Database
    /// peer -> what an operator has ordered about it
    let orders: Database

    /// day, relay, arrived or handed, class -> the tally
    let tallies: Database
    /// part, drill -> tally of test documents, record, report, or nothing while a report is owed
    let drills: Database

    private static let names = [
        "meta", "documents", "deliveries", "states", "queue", "timers", "inbox", "shape",
        "uploads", "bodies", "digests", "pieces", "garbage", "submissions", "remembered",
        "receipts", "history", "events", "orders", "tallies", "drills",
    ]

    /// Room for what a newer relay of the same schema may have added.
    static let databasesMax = 32

    /// Opens them; creates those that are missing.
    init(in environment: Environment) throws(LMDBError) {
        let opened = try environment.openDatabases(Self.names, creating: true)
        meta = opened[0]
        documents = opened[1]
        deliveries = opened[2]
        states = opened[3]
        queue = opened[4]
        timers = opened[5]
        inbox = opened[6]
        shape = opened[7]
        uploads = opened[8]
        bodies = opened[9]
        digests = opened[10]
        pieces = opened[11]
        garbage = opened[12]
        submissions = opened[13]
        remembered = opened[14]
        receipts = opened[15]
        history = opened[16]
        events = opened[17]
        orders = opened[18]
        tallies = opened[19]
        drills = opened[20]
    }
}
