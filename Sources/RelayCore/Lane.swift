// The deliveries that may go the same ways.
//
// Health belongs to links and routes, not to documents: whether, and to which hop, a delivery can
// go now is decided once for its lane, however many documents wait in it.

package struct Lane: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let destination: OrganisationCode
    /// Of a route whose hops share the documents: the share that these belong to.
    package let slot: UInt8?
    /// Receipts have lanes of their own: they also go when the link is closed to documents.
    package let carriesReceipts: Bool
    /// Hops of the route that are out of the question: on the document's path, or refused it.
    /// Ascending, so that equal sets are equal lanes.
    package let excluded: [RelayCode]
    /// The peer that an operator ordered to be asked first, be it on the route or not.
    package let preferred: RelayCode?
    /// The hop that had it in the round before: taken only when no other is usable.
    package let avoided: RelayCode?

    package init(
        to destination: OrganisationCode, slot: UInt8? = nil, carriesReceipts: Bool = false,
        excluding excluded: [RelayCode] = [], preferring preferred: RelayCode? = nil,
        avoiding avoided: RelayCode? = nil
    ) {
        self.destination = destination
        self.slot = slot
        self.carriesReceipts = carriesReceipts
        self.excluded = excluded.sorted()
        self.preferred = preferred
        self.avoided = avoided
    }

    /// `destination`, then ` #SLOT`, ` ^` for receipts, ` -HOP` for each excluded hop, ` +HOP` for
    /// the preferred and ` ~HOP` for the avoided one: a code holds no blank, so two lanes never
    /// read alike. This is also the lane's name in the index.
    package var description: String {
        destination.text + (slot.map { " #\($0)" } ?? "") + (carriesReceipts ? " ^" : "")
            + excluded.map { " -" + $0.text }.joined()
            + (preferred.map { " +" + $0.text } ?? "") + (avoided.map { " ~" + $0.text } ?? "")
    }

    /// Reads what `description` gives; nil for anything else.
    package init?(_ text: String) {
        var words = text.split(separator: " ", omittingEmptySubsequences: false)[...]
        guard let first = words.popFirst(), let destination = OrganisationCode(String(first))
        else { return nil }
        var slot: UInt8?
        if let word = words.first, word.utf8.first == UInt8(ascii: "#") {
            slot = UInt8(word.dropFirst())
            guard let slot, Int(slot) < Route.slotCount else { return nil }
            words.removeFirst()
        }
        let carriesReceipts = words.first == "^"
        if carriesReceipts { words.removeFirst() }
        var excluded: [RelayCode] = []
        var preferred: RelayCode?
        var avoided: RelayCode?
        for word in words {
            guard avoided == nil, let code = RelayCode(String(word.dropFirst())) else { return nil }
            switch word.utf8.first {
            case UInt8(ascii: "-") where preferred == nil: excluded.append(code)
            case UInt8(ascii: "+") where preferred == nil: preferred = code
            case UInt8(ascii: "~"): avoided = code
            default: return nil
            }
        }
        self.init(
            to: destination, slot: slot, carriesReceipts: carriesReceipts, excluding: excluded,
            preferring: preferred, avoiding: avoided)
    }

    package static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}
