// The rules that bind several keys: amounts, files, organisations and speakers.
//
// Guarantees: each rule is checked only where the keys it binds are right by themselves, so that a
// mistake is reported once, at its cause. Leaves to others: peers and routes (`RoutingChecks`), and
// what needs the machine (`checkFiles`).

import RelayCore

struct CrossChecks {
    let draft: Draft
    let findings: Findings

    static func run(_ draft: Draft, findings: Findings) {
        let checks = CrossChecks(draft: draft, findings: findings)
        checks.checkAmounts()
        checks.checkTimes()
        checks.checkFiles()
        checks.checkSockets()
        checks.checkOrganisations()
        checks.checkSpeakers()
        checks.checkDeadlines()
        RoutingChecks.run(draft, findings: findings)
    }

    /// What must fit into the store, and into each other.
    private func checkAmounts() {
        let (store, limits) = (draft.store, draft.limits)
        let mapSize = Amount.size(store.mapSize)
        require(
            store.reserve < store.mapSize / 2, ["store.reserve", "store.mapSize"],
            "\(Amount.size(store.reserve)) is not less than half of store.mapSize (\(mapSize)); "
                + "documents need the other half")
        // One document of the largest size must fit an empty store, or it could never be accepted.
        let room = store.mapSize - min(store.mapSize, store.reserve)
        require(
            limits.documentSize <= room, ["limits.documentSize", "store.mapSize", "store.reserve"],
            "\(Amount.size(limits.documentSize)) does not fit the store: store.mapSize "
                + "(\(mapSize)) less store.reserve leaves \(Amount.size(room)); allow smaller "
                + "documents or a larger store")
        require(
            limits.inFlightPerLink <= limits.inFlightTotal,
            ["limits.inFlightPerLink", "limits.inFlightTotal"],
            "\(limits.inFlightPerLink) is more than limits.inFlightTotal (\(limits.inFlightTotal))")
    }

    /// Waits that must end before what waits has ended.
    private func checkTimes() {
        let retry = draft.retry
        let time = Amount.duration
        require(
            retry.base <= retry.cap, ["retry.base", "retry.cap"],
            "\(time(retry.base)) is more than retry.cap (\(time(retry.cap)))")
        require(
            retry.ownBase <= retry.ownCap, ["retry.ownBase", "retry.ownCap"],
            "\(time(retry.ownBase)) is more than retry.ownCap (\(time(retry.ownCap)))")
        require(
            draft.deadline < draft.lifetime, ["receipts.deadline", "lifetime"],
            "\(time(draft.deadline)) is not less than lifetime (\(time(draft.lifetime))); the "
                + "document would fail before it is sent again")
        require(
            retry.ownCap < draft.lifetime, ["retry.ownCap", "lifetime"],
            "\(time(retry.ownCap)) is not less than lifetime (\(time(draft.lifetime))); the "
                + "document would fail before it is tried again")
    }

    /// Reports at the first of the keys that was given, in the name of the first of all: the fault
    /// may well be between one key and the default of another.
    private func require(_ holds: Bool, _ keys: [String], _ message: String) {
        guard !holds, findings.areSound(keys), let name = keys.first else { return }
        findings.refuse(name, message, at: keys.lazy.compactMap { findings.places[$0] }.first)
    }

    /// A certificate and its key come together: with one from here and the other from tls, every
    /// signature would fail.
    private func checkFiles() {
        let receipts = draft.receipts
        if receipts.certificate != nil, receipts.key == nil,
            findings.areSound(["receipts.certificate", "receipts.key"])
        {
            findings.refuse(
                "receipts.key", "is missing beside receipts.certificate; give both or neither",
                at: findings.places["receipts.certificate"])
        }
        if receipts.key != nil, receipts.certificate == nil,
            findings.areSound(["receipts.certificate", "receipts.key"])
        {
            findings.refuse(
                "receipts.certificate", "is missing beside receipts.key; give both or neither",
                at: findings.places["receipts.key"])
        }
    }

    /// A socket's path must fit the system's structure for it. Two sockets are two, or orders would
    /// be taken from applications.
    private func checkSockets() {
        guard let data = draft.data ?? draft.socket.map({ Path.directory(of: $0) }) else { return }
        let socket = draft.socket(in: data)
        let operatorSocket = draft.operatorSocket(in: data)
        let place = findings.places["api.socket"] ?? findings.places["relay.data"]
        checkLength(of: socket, "api.socket", "/run/tram/relayd.sock", at: place)
        guard socket.utf8.count <= Bounds.socketPathBytesMax else { return }
        checkLength(
            of: operatorSocket, "api.operatorSocket", "/run/tram/operator.sock",
            at: findings.places["api.operatorSocket"] ?? place)
        if socket == operatorSocket {
            findings.refuse(
                "api.operatorSocket",
                "is the same as api.socket; operators need a socket of their own",
                at: findings.places["api.operatorSocket"] ?? place)
        }
    }

    private func checkLength(of path: String, _ key: String, _ shorter: String, at place: Place?) {
        guard path.utf8.count > Bounds.socketPathBytesMax else { return }
        findings.refuse(
            key,
            "the path has \(path.utf8.count) bytes; a Unix socket takes at most "
                + "\(Bounds.socketPathBytesMax), so give a shorter one, such as \(shorter)",
            at: place)
    }

    /// A code twice in one list is a slip, and most likely stands where another was meant.
    private func checkOrganisations() {
        var first: [OrganisationCode: String] = [:]
        for item in draft.organisations {
            if let other = first[item.value] {
                findings.refuse(item.key, "\(item.value) stands in the list twice; see \(other)")
            }
            first[item.value] = item.key
        }
    }

    /// One entry for one pattern: with two, it would be a guess whether both or one of them holds.
    private func checkSpeakers() {
        var first: [OrganisationPattern: String] = [:]
        for speaker in draft.speakers {
            for item in speaker.organisations {
                if let other = first[item.value] {
                    findings.refuse(
                        item.key,
                        "\(item.value) has an entry already, \(other); name all its relays in one")
                }
                first[item.value] = item.key
            }
            var relays: Set<RelayCode> = []
            for item in speaker.relays where !relays.insert(item.value).inserted {
                findings.refuse(item.key, "\(item.value) stands in the list twice")
            }
        }
    }
}
