// Keys and the small fixed values, packed by hand: big-endian, so that bytes sort as numbers do.
//
// A text in the middle of a key ends with a zero byte, which no code and no lane holds: so a key of
// one text is never the beginning of another's. The longest key is a queue row's: a lane of eight
// hops is 466 bytes, the row 477, of the 511 that LMDB takes.

import LMDB
import RelayCore

typealias Bytes = [UInt8]

extension Bytes {
    init(room: Int) {
        self.init()
        reserveCapacity(room)
    }

    mutating func add(_ number: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    mutating func add(_ number: UInt32) {
        for shift in stride(from: 24, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
        }
    }

    mutating func add(_ id: DocumentID) {
        add(id.high)
        add(id.low)
    }

    /// With the sign turned round, so that times before 1970 sort before those after.
    mutating func add(_ time: Instant) {
        add(UInt64(bitPattern: time.milliseconds) ^ 1 << 63)
    }

    mutating func add(ended text: String) {
        append(contentsOf: text.utf8)
        append(0)
    }

    mutating func add(_ text: String) { append(contentsOf: text.utf8) }
}

enum Key {
    static func number(_ number: UInt64) -> Bytes {
        var key = Bytes(room: 8)
        key.add(number)
        return key
    }

    static func document(_ id: DocumentID) -> Bytes {
        var key = Bytes(room: 16)
        key.add(id)
        return key
    }

    static func delivery(_ delivery: DeliveryKey) -> Bytes {
        var key = Bytes(room: 16 + Limits.codeLengthMax)
        key.add(delivery.document)
        key.add(delivery.recipient.text)
        return key
    }

    static func receipt(_ receipt: ReceiptKey) -> Bytes {
        var key = Bytes(room: 17 + Limits.codeLengthMax)
        key.add(receipt.delivery.document)
        key.append(receipt.kind.rawValue)
        key.add(receipt.delivery.recipient.text)
        return key
    }

    /// Also of `remembered`, with a hash in place of the number.
    static func happening(_ document: DocumentID, _ number: UInt64) -> Bytes {
        var key = Bytes(room: 24)
        key.add(document)
        key.add(number)
        return key
    }

    /// Ascending while a body arrives, and above all older bodies.
    static func piece(_ body: UInt64, _ index: UInt64) -> Bytes {
        var key = Bytes(room: 16)
        key.add(body)
        key.add(index)
        return key
    }

    /// The earliest first; at one time, by delivery.
    static func timer(_ time: Instant, _ delivery: DeliveryKey) -> Bytes {
        var key = Bytes(room: 24 + Limits.codeLengthMax)
        key.add(time)
        key.add(delivery.document)
        key.add(delivery.recipient.text)
        return key
    }

    /// Sorts as lanes are served: what may go first, by falling priority, then in order of arrival.
    static func queue(_ row: QueueRow) -> Bytes {
        var key = lane(row.lane)
        key.append(row.place.rawValue)
        key.append(0xFF - row.priority.rawValue)
        key.add(row.sequence)
        return key
    }

    /// What the keys of a lane's rows begin with.
    static func lane(_ lane: Lane) -> Bytes {
        let text = lane.description
        var key = Bytes(room: text.utf8.count + 11)
        key.add(ended: text)
        return key
    }

    static func inbox(_ recipient: OrganisationCode, _ sequence: UInt64) -> Bytes {
        var key = Bytes(room: Limits.codeLengthMax + 9)
        key.add(ended: recipient.text)
        key.add(sequence)
        return key
    }

    /// Recipient and sequence never change: a listing's cursor is a part of this key. Test
    /// documents of drills have rows apart, so that no listing of real ones meets them.
    static func state(
        _ state: StateName, _ recipient: OrganisationCode, _ sequence: UInt64, isTest: Bool = false
    ) -> Bytes {
        var key = Bytes(room: Limits.codeLengthMax + 10)
        key.append(Self.state(state, isTest: isTest))
        key.add(ended: recipient.text)
        key.add(sequence)
        return key
    }

    /// The first byte of the keys of one state.
    static func state(_ state: StateName, isTest: Bool) -> UInt8 {
        isTest ? state.rawValue | 0x40 : state.rawValue
    }

    /// What a row of a drill holds.
    enum DrillPart: UInt8 {
        case tally = 0
        case record = 1
        case report = 2
        case reportOwed = 3
    }

    static func drill(_ part: DrillPart, _ drill: DrillID) -> Bytes {
        var key = Bytes(room: 17)
        key.append(part.rawValue)
        key.add(drill.id)
        return key
    }

    static func shape(_ destination: OrganisationCode, span: UInt8, slot: UInt64) -> Bytes {
        var key = Bytes(room: Limits.codeLengthMax + 10)
        key.add(ended: destination.text)
        key.append(span)
        key.add(slot)
        return key
    }

    /// By day, then by relay (none is this one), so that one day's of one relay lie together.
    static func tally(_ place: TallyPlace, _ side: TallySide) -> Bytes {
        var key = tallies(of: place.day, place.relay)
        key.append(side.rawValue)
        key.append(place.of.rawValue)
        return key
    }

    /// What the keys of one day's tallies of one relay begin with.
    static func tallies(of day: Day, _ relay: RelayCode?) -> Bytes {
        var key = Bytes(room: Limits.codeLengthMax + 11)
        key.add(Instant(milliseconds: day.number))
        key.add(ended: relay?.text ?? "")
        return key
    }

    /// A hash and the document that went by the submission key it is of.
    static func submission(_ hash: UInt64, _ document: DocumentID) -> Bytes {
        var key = Bytes(room: 24)
        key.add(hash)
        key.add(document)
        return key
    }
}

/// Takes keys and values apart from the left. What does not fit is nil, and reported as corrupt by
/// whoever reads.
struct Unpacker {
    private let bytes: Bytes
    private var place = 0

    init(_ bytes: Bytes) { self.bytes = bytes }

    init(_ bytes: RawSpan) { self.bytes = Bytes(copyingBytes: bytes) }

    var isAtEnd: Bool { place == bytes.count }

    mutating func byte() -> UInt8? {
        guard place < bytes.count else { return nil }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func uint64() -> UInt64? {
        guard bytes.count - place >= 8 else { return nil }
        defer { place += 8 }
        return bytes[place..<place + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func document() -> DocumentID? {
        guard let high = uint64(), let low = uint64() else { return nil }
        return DocumentID(high: high, low: low)
    }

    mutating func instant() -> Instant? {
        uint64().map { Instant(milliseconds: Int64(bitPattern: $0 ^ 1 << 63)) }
    }

    /// A code up to its zero byte, which is passed over too.
    mutating func endedText() -> String? {
        guard let end = bytes[place...].firstIndex(of: 0) else { return nil }
        defer { place = end + 1 }
        return String(decoding: bytes[place..<end], as: UTF8.self)
    }

    mutating func endedOrganisation() -> OrganisationCode? {
        endedText().flatMap { OrganisationCode($0) }
    }

    /// Document and recipient, to the end.
    mutating func delivery() -> DeliveryKey? {
        guard let document = document(),
            let recipient = OrganisationCode(String(decoding: bytes[place...], as: UTF8.self))
        else { return nil }
        place = bytes.count
        return DeliveryKey(document: document, recipient: recipient)
    }
}
