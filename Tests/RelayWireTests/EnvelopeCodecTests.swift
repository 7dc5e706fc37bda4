// Envelopes to messages and back, and every bound of theirs broken once.

import RelayCore
import SwiftProtobuf
import Testing

@testable import RelayWire

@Suite("Envelope codec")
struct EnvelopeCodecTests {
    @Test("an envelope comes back from its message as it was", arguments: Envelope.Kind.allCases)
    func roundTrip(kind: Envelope.Kind) throws {
        for priority in Priority.allCases {
            let envelope = Sample.envelope(kind: kind, priority: priority)
            let bytes: [UInt8] = try EnvelopeMessage(envelope).serializedBytes()
            let message = try EnvelopeMessage(serializedBytes: bytes)
            #expect(try Envelope(checking: message) == envelope)
        }
    }

    @Test("a deadline comes back as it was, and none as none")
    func deadlines() throws {
        for time in [1, 1_777_955_400_000, WireLimits.timeMax.milliseconds] {
            let envelope = Sample.envelope(dueAt: Instant(milliseconds: time))
            #expect(try Records.envelope(Records.encode(envelope)) == envelope)
        }
        #expect(try Records.envelope(Records.encode(Sample.envelope())).dueAt == nil)
    }

    @Test("each field outside its bounds is named", arguments: Breakage.all)
    func bounds(breakage: Breakage) throws {
        var message = EnvelopeMessage(Sample.envelope())
        breakage.apply(&message)
        #expect(throws: MessageFault.field(breakage.field)) {
            try Envelope(checking: message)
        }
    }

    @Test("a message from a later version keeps its known fields")
    func unknownFields() throws {
        let envelope = Sample.envelope()
        let bytes: [UInt8] = try EnvelopeMessage(envelope).serializedBytes()
        // Field 200, varint 1.
        let message = try EnvelopeMessage(serializedBytes: bytes + [0xC0, 0x0C, 0x01])
        #expect(try Envelope(checking: message) == envelope)
    }

    struct Breakage: Sendable, CustomTestStringConvertible {
        let field: String
        let what: String
        let apply: @Sendable (inout EnvelopeMessage) -> Void
        var testDescription: String { "\(field): \(what)" }

        init(
            _ field: String, _ what: String,
            _ apply: @escaping @Sendable (inout EnvelopeMessage) -> Void
        ) {
            self.field = field
            self.what = what
            self.apply = apply
        }

        static let all = [
            Self("document", "15 bytes") { $0.document.removeLast() },
            Self("document", "empty") { $0.document.removeAll() },
            Self("kind", "none") { $0.kind = .unspecified },
            Self("kind", "of a later version") { $0.kind = .UNRECOGNIZED(4) },
            Self("origin", "empty") { $0.origin = "" },
            Self("origin", "51 bytes") { $0.origin = String(repeating: "A", count: 51) },
            Self("sender", "with a slash") { $0.sender = "H26/1" },
            Self("recipients", "none") { $0.recipients = [] },
            Self("recipients", "one twice") { $0.recipients += $0.recipients },
            Self("recipients", "with a blank") { $0.recipients.append(" ") },
            Self("recipients", "1001") { $0.recipients = (0...1000).map { "R\($0)" } },
            Self("reference", "601 bytes") { $0.reference = String(repeating: "r", count: 601) },
            Self("business_type", "256") { $0.businessType = 256 },
            Self("priority", "of a later version") { $0.priority = .UNRECOGNIZED(5) },
            Self("priority", "negative") { $0.priority = .UNRECOGNIZED(-1) },
            Self("size", "2^53") { $0.size = 1 << 53 },
            Self("digest", "33 bytes") { $0.digest.append(0) },
            Self("media_type", "256 bytes") {
                $0.mediaType = String(repeating: "m", count: 256)
            },
            Self("name", "258 bytes of Vietnamese letters") {
                $0.name = String(repeating: "ệ", count: 86)
            },
            Self("submitted_at", "in the year 10000") { $0.submittedAt = 253_402_300_800_000 },
            Self("due_at", "after the year 9999") { $0.dueAt = 253_402_300_800_000 },
            Self("due_at", "the largest number") { $0.dueAt = .max },
            Self("expires_at", "beyond Int64") { $0.expiresAt = .max },
        ]
    }
}
