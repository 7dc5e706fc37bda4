// The memos by which two relays compare their books, as frames and back.
//
// Guarantees: what comes out keeps every bound of Docs/Protocol.md. Whether a peer may know what it
// asks for is not decided here.

import RelayCore
import SwiftProtobuf

/// What is asked or told, by its number on the wire.
private enum AuditKind: UInt32 {
    case figures = 1
    case handed = 2
    case known = 3
    case busy = 4
}

extension AuditMessage {
    init(_ question: Audit.Question) {
        self.init()
        number = question.number
        switch question.asked {
        case .figures(let asked):
            kind = AuditKind.figures.rawValue
            day = UInt32(clamping: asked.number)
        case .handed(let asked, let cursor):
            kind = AuditKind.handed.rawValue
            day = UInt32(clamping: asked.number)
            if let cursor { after.set(cursor.bytes) }
        case .known(let keys):
            kind = AuditKind.known.rawValue
            entries = keys.map { AuditEntryMessage($0, nil) }
        }
    }
}

extension Audit.Question {
    init(checking message: AuditMessage) throws(MessageFault) {
        let asked: Audit.Asked
        switch AuditKind(rawValue: message.kind) {
        case .figures: asked = .figures(try Field.day(message.day))
        case .handed:
            asked = .handed(
                try Field.day(message.day), after: try Field.cursor(message.after, "after"))
        case .known:
            let entries = try Field.entries(message.entries)
            guard !entries.isEmpty else { throw .field("entries") }
            asked = .known(entries.map(\.key))
        case .busy, nil: throw .field("kind")
        }
        self.init(number: message.number, asked: asked)
    }
}

extension AuditAnswerMessage {
    init(_ answer: Audit.Answer) {
        self.init()
        number = answer.number
        switch answer.told {
        case .figures(let told):
            kind = AuditKind.figures.rawValue
            figures = [
                told.takenDocuments, told.takenReceipts, told.handedDocuments, told.handedReceipts,
            ]
        case .handed(let told, let cursor):
            kind = AuditKind.handed.rawValue
            entries = told.map { AuditEntryMessage($0.key, $0.state) }
            if let cursor { next.set(cursor.bytes) }
        case .known(let told):
            kind = AuditKind.known.rawValue
            states.set(told.map { $0?.rawValue ?? 0 })
        case .busy: kind = AuditKind.busy.rawValue
        }
    }
}

extension Audit.Answer {
    init(checking message: AuditAnswerMessage) throws(MessageFault) {
        let told: Audit.Told
        switch AuditKind(rawValue: message.kind) {
        case .figures:
            let numbers = message.figures
            guard numbers.count == 4 else { throw .field("figures") }
            told = .figures(
                Audit.Figures(
                    takenDocuments: numbers[0], takenReceipts: numbers[1],
                    handedDocuments: numbers[2], handedReceipts: numbers[3]))
        case .handed:
            told = .handed(
                try Field.entries(message.entries), next: try Field.cursor(message.next, "next"))
        case .known:
            guard message.states.count <= Audit.keysMax else { throw .field("states") }
            var states: [StateName?] = []
            for byte in [UInt8](message.states) {
                let state = StateName(rawValue: byte)
                guard state != nil || byte == 0 else { throw .field("states") }
                states.append(state)
            }
            told = .known(states)
        case .busy: told = .busy
        case nil: throw .field("kind")
        }
        self.init(number: message.number, told: told)
    }
}

extension AuditEntryMessage {
    init(_ key: DeliveryKey, _ state: StateName?) {
        self.init()
        document.set(key.document.bytes)
        recipient = key.recipient.text
        self.state = UInt32(state?.rawValue ?? 0)
    }
}

extension Audit.Cursor {
    fileprivate var bytes: [UInt8] {
        var bytes = document.bytes
        BigEndian.append(number, to: &bytes)
        return bytes
    }
}

extension Field {
    /// Up to the last day that a time can fall on.
    fileprivate static func day(_ number: UInt32) throws(MessageFault) -> Day {
        let day = Day(number: Int64(number))
        guard day <= Day(inVietnam: WireLimits.timeMax) else { throw .field("day") }
        return day
    }

    fileprivate static func cursor(
        _ bytes: some Collection<UInt8>, _ name: String
    ) throws(MessageFault) -> Audit.Cursor? {
        if bytes.isEmpty { return nil }
        guard bytes.count == 24, let document = DocumentID(bytes: bytes.prefix(16))
        else { throw .field(name) }
        let number = BigEndian.uint64(Array(bytes.suffix(8))[...])
        return Audit.Cursor(document: document, number: number)
    }

    fileprivate static func entries(
        _ messages: [AuditEntryMessage]
    ) throws(MessageFault) -> [Audit.Entry] {
        guard messages.count <= Audit.keysMax else { throw .field("entries") }
        var entries: [Audit.Entry] = []
        entries.reserveCapacity(messages.count)
        for message in messages {
            guard let document = DocumentID(bytes: message.document)
            else { throw .field("entries") }
            let recipient = try organisation(message.recipient, "entries")
            let state: StateName? =
                message.state == 0 ? nil : try value(message.state, "entries")
            entries.append(
                Audit.Entry(
                    key: DeliveryKey(document: document, recipient: recipient), state: state))
        }
        return entries
    }
}
