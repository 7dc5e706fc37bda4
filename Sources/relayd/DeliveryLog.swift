// The delivery log: one line for each thing that happened to a document, in fixed words, apart from
// the program's log. The words and facts are those of the document's history, for they are the same
// values.

import RelayAPI
import RelayCore

struct DeliveryLog: Sendable {
    let output: LineOutput

    /// Writes what a turn brought, once it is durable.
    func write(_ happenings: [Happening]) {
        guard !happenings.isEmpty else { return }
        output.write(happenings.map(Self.line).joined())
    }

    /// For example
    /// `2026-11-23T01:02:03.004Z relayed document=0190… recipient=H26.1.2 relay=HUB-1`.
    static func line(_ happening: Happening) -> String {
        var line = "\(Timestamp.text(happening.at)) \(happening.what.word)"
        line += " document=\(happening.document)"
        if let recipient = happening.recipient { line += " recipient=\(recipient)" }
        if let relay = happening.relay { line += " relay=\(relay)" }
        if !happening.detail.isEmpty { line += " detail=\(LogText.quoted(happening.detail))" }
        return line + "\n"
    }
}

extension Happening.What {
    /// The fixed word, in logs and in the API.
    var word: String {
        switch self {
        case .accepted: "accepted"
        case .received: "received"
        case .relayed: "relayed"
        case .returned: "returned"
        case .refused: "refused"
        case .delivered: "delivered"
        case .receiptSigned: "receipt-signed"
        case .receiptVerified: "receipt-verified"
        case .receiptRejected: "receipt-rejected"
        case .collected: "collected"
        case .resent: "resent"
        case .repeated: "repeated"
        case .failed: "failed"
        case .held: "held"
        case .released: "released"
        case .cancelled: "cancelled"
        case .conflicting: "conflicting"
        case .deadlineNear: "deadline-near"
        case .deadlineMissed: "deadline-missed"
        case .rehearsed: "rehearsed"
        case .failureSigned: "failure-signed"
        case .retried: "retried"
        case .rerouted: "rerouted"
        }
    }
}
