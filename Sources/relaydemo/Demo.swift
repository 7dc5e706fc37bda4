// What the demo does, in order: submit, kill hub 1, kill agency A and restart it, bring hub 1 back,
// then compare everything with everything.

import Foundation
import RelayAPI
import RelayCore
import RelayFleet

struct Demo {
    let fleet: Fleet
    let documents: Int
    let seed: UInt64

    /// True when every accepted document arrived once, whole, and with a verified receipt.
    func run() async throws -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        say("starting four relays: \(fleet.all.map(\.code.text).joined(separator: ", "))")
        try await fleet.start()
        let book = SubmissionBook()
        let killedAt = try await submitAndCrash(noting: book)
        say("all \(documents) documents are acknowledged by A; waiting for B and the receipts")
        try await fleet.wait(atMost: .seconds(60), for: "every document in B's inbox") {
            try await fleet.inbox(of: fleet.agencyB).count >= book.accepted.count
        }
        try await fleet.wait(atMost: .seconds(60), for: "every receipt at A") {
            let counts = try await fleet.agencyA.client.counts()
            return counts.relayed == 0 && counts.queued == 0 && counts.attempting == 0
        }
        let inbox = try await fleet.inbox(of: fleet.agencyB)
        let received = try await fleet.compare(book, with: inbox.map(\.id))
        say("B's application collects all of it; the second receipts go home")
        for entry in inbox { _ = try await fleet.agencyB.client.collect(entry.id) }
        try await fleet.wait(atMost: .seconds(60), for: "every collected receipt at A") {
            try await isCollected(book)
        }
        let collected = try await isCollected(book)
        try await Report(
            fleet: fleet, comparison: received, allCollected: collected, repeats: book.repeats,
            failover: Failover(fleet, killedAt: killedAt), elapsed: clock.now - start
        ).show()
        for line in book.contradictions { say("CONTRADICTION \(line)") }
        return received.isWhole && collected && book.contradictions.isEmpty
            && received.accepted == documents
    }

    /// Submits everything over eight connections, with the crashes at a third, at two thirds, and
    /// hub 1 back at five sixths. Returns when hub 1 was killed.
    private func submitAndCrash(noting book: SubmissionBook) async throws -> Instant {
        let sizes = SampleSizes.attachmentBytes(count: documents, seed: seed)
        let submitter = Submitter(fleet.agencyA, noting: book)
        let (a, b) = (try code(Fleet.codeA), try code(Fleet.codeB))
        var killedAt = Instant(milliseconds: 0)
        var crashes = [documents / 3, documents * 2 / 3, documents * 5 / 6][...]
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            var next = 0
            while next < documents || !tasks.isEmpty {
                if next < documents, next < 8 {
                    add(next, to: &tasks)
                    next += 1
                    continue
                }
                guard try await tasks.next() != nil else { break }
                if next < documents {
                    add(next, to: &tasks)
                    next += 1
                }
                if let crash = crashes.first, book.accepted.count >= crash {
                    crashes.removeFirst()
                    if let killed = try await disturb(3 - crashes.count, book) { killedAt = killed }
                }
            }
        }
        return killedAt

        func add(_ number: Int, to tasks: inout ThrowingTaskGroup<Void, any Error>) {
            tasks.addTask { [seed] in
                let sample = SampleDocument(
                    number: number, from: a, to: b, attachmentBytes: sizes[number], seed: seed)
                try await submitter.submit(sample)
            }
        }
    }

    private func disturb(_ number: Int, _ book: SubmissionBook) async throws -> Instant? {
        let count = book.accepted.count
        switch number {
        case 1:
            say("\(count) accepted: SIGKILL for HUB-1")
            fleet.hub1.kill()
            return Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        case 2:
            say("\(count) accepted: SIGKILL for agency A, and restart")
            fleet.agencyA.kill()
            try await fleet.agencyA.start()
        default:
            say("\(count) accepted: HUB-1 comes back")
            try await fleet.hub1.start()
        }
        return nil
    }

    private func isCollected(_ book: SubmissionBook) async throws -> Bool {
        let counts = try await fleet.agencyA.client.counts()
        return counts.collected >= book.accepted.count && counts.delivered == 0
    }

    private func code(_ text: String) throws -> OrganisationCode {
        guard let code = OrganisationCode(text) else { throw FleetError("\(text) is no code") }
        return code
    }
}

/// One line, at once, also when the output is a pipe.
func say(_ text: String) {
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
}
