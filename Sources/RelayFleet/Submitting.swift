// An application that hands documents over, and does not take silence for an answer: what was not
// acknowledged is submitted again under the same key, until it is.

import OpenSSL
import RelayAPI
package import RelayCore
import Synchronization

/// What the application knows: which submissions were acknowledged, and with which id.
package final class SubmissionBook: Sendable {
    package struct Entry: Sendable {
        package let document: DocumentID
        package let reference: String
        package let digest: SHA256Digest
        package let size: Int
    }

    private struct State {
        var accepted: [DocumentID: Entry] = [:]
        var byReference: [String: DocumentID] = [:]
        var repeats = 0
        var contradictions: [String] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var accepted: [DocumentID: Entry] { state.withLock { $0.accepted } }
    /// Submissions repeated because no answer came.
    package var repeats: Int { state.withLock { $0.repeats } }
    /// Answers that cannot both be true. Always empty, or the relay is broken.
    package var contradictions: [String] { state.withLock { $0.contradictions } }

    fileprivate func note(_ sample: SampleDocument, _ answer: SubmitAnswer) {
        state.withLock { state in
            let entry = Entry(
                document: answer.id, reference: sample.reference, digest: sample.digest,
                size: sample.bytes.count)
            if answer.sha256 != sample.digest || answer.size != Int64(sample.bytes.count) {
                state.contradictions.append("\(answer.id): other bytes were stored")
            }
            let other = state.byReference.updateValue(answer.id, forKey: sample.reference)
            if let other, other != answer.id {
                state.contradictions.append("\(sample.reference): two ids for one submission")
            }
            state.accepted[answer.id] = entry
        }
    }

    fileprivate func noteRepeat() { state.withLock { $0.repeats += 1 } }
}

package struct Submitter: Sendable {
    package let daemon: Daemon
    package let book: SubmissionBook

    package init(_ daemon: Daemon, noting book: SubmissionBook) {
        self.daemon = daemon
        self.book = book
    }

    /// Returns when the document is acknowledged, however often the relay goes away meanwhile.
    package func submit(_ sample: SampleDocument) async throws {
        let request = sample.request
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            do {
                let submission = try await daemon.client.submit(
                    request, body: OutgoingBody(bytes: sample.bytes))
                book.note(sample, submission.answer)
                return
            } catch {
                guard ContinuousClock.now < deadline, error.isWorthRepeating else {
                    throw FleetError("document \(sample.number) was not taken: \(error)")
                }
                book.noteRepeat()
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}

extension ClientError {
    /// Whether the relay may take it the next time: it was away, busy or full.
    fileprivate var isWorthRepeating: Bool {
        switch self {
        case .problem(let problem): problem.retryAfter != nil
        default: true
        }
    }
}
