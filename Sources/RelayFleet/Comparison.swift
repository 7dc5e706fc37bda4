// The proof at the end: every acknowledged submission against the inbox, byte for byte, and against
// the receipts at the origin.

import OpenSSL
package import RelayAPI
package import RelayCore
import RelayTrust

package struct Comparison: Sendable {
    package var accepted = 0
    package var inInboxOnce = 0
    package var missing: [DocumentID] = []
    package var double: [DocumentID] = []
    /// In the inbox with other bytes than were submitted.
    package var altered: [DocumentID] = []
    /// In the inbox, and nobody knows of having submitted them.
    package var unknown: [DocumentID] = []
    /// Without a receipt at the origin that verifies.
    package var unverified: [DocumentID] = []
    package var receiptsVerified = 0
    package var bytes = 0

    package var isWhole: Bool {
        missing.isEmpty && double.isEmpty && altered.isEmpty && unknown.isEmpty
            && unverified.isEmpty && accepted == inInboxOnce && accepted == receiptsVerified
    }
}

extension Fleet {
    /// Everything in an inbox, page by page.
    package func inbox(of daemon: Daemon) async throws -> [InboxEntry] {
        var entries: [InboxEntry] = []
        var after: String?
        repeat {
            let page = try await daemon.client.inbox(page: PageRequest(after: after))
            entries += page.entries
            after = page.next
        } while after != nil
        return entries
    }

    /// Compares the submissions acknowledged by one agency with what has arrived at the other, and
    /// with the first one's receipts.
    ///
    /// - Parameters:
    ///   - arrived: the documents in the recipient's inbox and those collected from it, as often as
    ///     they were there.
    ///   - isBackward: B has sent, and not A.
    package func compare(
        _ book: SubmissionBook, with arrived: [DocumentID], isBackward: Bool = false
    ) async throws -> Comparison {
        let (sender, recipient) = isBackward ? (agencyB, agencyA) : (agencyA, agencyB)
        var comparison = Comparison()
        let accepted = book.accepted
        comparison.accepted = accepted.count
        let times = Dictionary(arrived.map { ($0, 1) }, uniquingKeysWith: +)
        for (id, entry) in accepted.sorted(by: { $0.key < $1.key }) {
            comparison.bytes += entry.size
            switch times[id] ?? 0 {
            case 0: comparison.missing.append(id)
            case 1: comparison.inInboxOnce += 1
            default: comparison.double.append(id)
            }
            if times[id] != nil, try await digest(of: id, at: recipient) != entry.digest {
                comparison.altered.append(id)
            }
            if await holdsReceipt(for: entry, at: sender) {
                comparison.receiptsVerified += 1
            } else {
                comparison.unverified.append(id)
            }
        }
        comparison.unknown = times.keys.filter { accepted[$0] == nil }.sorted()
        return comparison
    }

    /// Of the bytes that the recipient's application gets.
    private func digest(of id: DocumentID, at recipient: Daemon) async throws -> SHA256Digest {
        var hasher = SHA256()
        try await recipient.client.fetch(id) { hasher.update($0) }
        return SHA256Digest(hasher.finish())
    }

    /// Whether the sender, A by default, exports a receipt that verifies offline and says what was
    /// submitted.
    package func holdsReceipt(
        for entry: SubmissionBook.Entry, _ kind: ReceiptKind = .received, at sender: Daemon? = nil
    ) async -> Bool {
        guard let der = try? await (sender ?? agencyA).client.receipt(entry.document, kind: kind),
            case .success(let receipt) = verifier.verify(der)
        else { return false }
        return receipt.statement.kind.word == kind.rawValue
            && receipt.statement.document == entry.document
            && receipt.statement.digest == entry.digest
            && receipt.statement.size == UInt64(entry.size)
            && receipt.statement.reference == entry.reference
    }

    /// Waits until `condition` holds, asking ten times a second.
    package func wait(
        atMost limit: Duration, for what: String,
        until condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < deadline else {
                throw FleetError("waited \(limit) in vain: \(what)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
