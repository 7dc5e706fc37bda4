// One document on one screen: what it is, where each delivery stands and why, and what happened.
//
// Facts without a value are left out, so that what stands there means something.

import RelayAPI
import RelayCore

enum DocumentText {
    /// The document first, then each recipient, then the history, oldest first.
    static func lines(_ view: DocumentView, _ console: Console) -> [String] {
        let time = console.time
        var facts = Facts()
        facts.add("Document", view.id.description, .bold)
        facts.add(
            "Kind", view.kind.rawValue + (view.businessType.map { ", \(business($0))" } ?? ""))
        facts.add("Name", view.documentId)
        facts.add("Sender", view.sender.text)
        facts.add("Priority", Amount.priority(view.priority))
        facts.add("File", view.fileName)
        facts.add("Type", view.mediaType)
        facts.add("Size", "\(Amount.bytes(view.size)) (\(view.size) bytes)")
        facts.add("SHA-256", view.sha256.description)
        facts.add("Origin", view.origin.text)
        facts.add("Submitted", time.text(view.submittedAt))
        facts.add("Expires", "\(time.text(view.expiresAt)) (\(time.distance(view.expiresAt)))")
        facts.add("Due", view.dueAt.map { "\(time.text($0)) (\(time.distance($0)))" })
        var lines = facts.lines(console.style)
        for recipient in view.recipients {
            lines += [""] + self.recipient(recipient, console)
        }
        return lines + ["", console.style.paint("History", .bold)] + history(view.history, console)
    }

    /// State and reason before everything else: they are what one came for.
    private static func recipient(_ view: RecipientView, _ console: Console) -> [String] {
        let time = console.time
        var facts = Facts()
        facts.add("To", view.recipient.text, .bold)
        facts.add("State", view.state.rawValue, Style.tone(view.state))
        facts.add("At", view.at?.text)
        facts.add("Why", view.why.map { "\($0.words) (\($0.code))" })
        facts.add(
            "Next try", view.nextTryAt.map { "\(time.text($0)) (\(time.distance($0)))" })
        facts.add("Next hop", view.nextHop?.text)
        facts.add("Deadline", view.deadline?.rawValue, view.deadline.map(Style.tone) ?? .plain)
        facts.add("Attempts", "\(view.attempts), round \(view.round)")
        facts.add("Received", time.text(view.receivedAt).map { "\($0), receipt verified" })
        facts.add("Collected", time.text(view.collectedAt).map { "\($0), receipt verified" })
        return facts.lines(console.style)
    }

    private static func history(_ entries: [HistoryEntry], _ console: Console) -> [String] {
        var table = Table("TIME", "WHAT", "RECIPIENT", "PEER", "DETAIL")
        for entry in entries {
            table.add(
                .init(console.time.text(entry.at)), .init(entry.what),
                .init(entry.recipient?.text), .init(entry.peer?.text), .init(entry.detail ?? ""))
        }
        return table.lines(console.style)
    }

    private static func business(_ type: Int) -> String {
        let words = ["new", "recall", "update", "replacement"]
        return words.indices.contains(type) ? words[type] : "type \(type)"
    }
}
