// Values that the tests of this target share.

import RelayCore

@testable import RelayWire

enum Sample {
    static func organisation(_ text: String) -> OrganisationCode {
        required(OrganisationCode(text))
    }
    static func relay(_ text: String) -> RelayCode { required(RelayCode(text)) }

    static let digest = required(
        SHA256Digest(hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    static let document = required(DocumentID("0190f3c5-6f1a-8abc-9def-0123456789ab"))

    static func envelope(
        document: DocumentID = Self.document, kind: Envelope.Kind = .document,
        recipients: [String] = ["H26.1.2"], priority: Priority = .urgent, size: UInt64 = 3,
        dueAt: Instant? = nil
    ) -> Envelope {
        Envelope(
            document: document, kind: kind, origin: relay("A"),
            sender: organisation("000.00.00.H26"), recipients: recipients.map(organisation),
            reference: "000.00.00.H26,2026/05/04,12/CV-UBND", businessType: 2,
            priority: priority, size: size, digest: digest, mediaType: "application/xml",
            name: "Công văn số 12.edxml", submittedAt: Instant(milliseconds: 1_777_852_800_123),
            expiresAt: Instant(milliseconds: 1_780_444_800_123), dueAt: dueAt)
    }

    /// A body that differs in every piece.
    static func body(_ count: Int) -> [UInt8] {
        var body = [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: count)
        for place in stride(from: 0, to: count, by: 509) {
            body[place] = UInt8(truncatingIfNeeded: place / 509)
        }
        return body
    }

    static func settings(_ relay: String) -> LinkSettings {
        LinkSettings(relay: self.relay(relay), boot: UInt64(relay.utf8.first ?? 0))
    }

    static func transfer(
        _ number: UInt64, size: Int, recipients: [String] = ["H26.1.2"],
        priority: Priority = .normal, kind: Envelope.Kind = .document
    ) -> Transfer {
        Transfer(
            id: TransferID(number), link: LinkID(1),
            envelope: envelope(
                document: DocumentID(high: 7, low: number), kind: kind, recipients: recipients,
                priority: priority, size: UInt64(size)),
            recipients: recipients.map(organisation), path: [relay("A")], round: 1)
    }

    /// What a test states itself and is therefore there.
    static func required<Value>(_ value: Value?) -> Value {
        guard let value else { preconditionFailure("the sample itself is wrong") }
        return value
    }
}

/// SplitMix64, so that a seed means the same on every machine.
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// True in so many of a hundred throws.
    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &self) < percent
    }
}
