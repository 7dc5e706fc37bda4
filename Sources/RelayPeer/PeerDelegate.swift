// What the peer service needs of the relay around it: where events go, where bodies are.

package import RelayCore

/// Implemented in relayd on top of the engine and the store. Called on event loops: nothing here
/// may block, except where it says `async`.
package protocol PeerDelegate: Sendable {
    /// An event for the engine.
    func post(_ event: Event)
    /// A memo of a peer, beside documents.
    func heard(_ memo: Memo, on link: LinkID, from peer: RelayCode)
    /// A piece of an arriving body, to be staged: `PeerService.stored` or `notStored` follows.
    func stage(_ piece: Piece)
    /// A small body that came inside its offer, with the digest it should have: one commit for
    /// both.
    func take(_ offer: Offer, body: Piece)
    /// SHA-256 over what is staged; nil when it cannot be read. Read from the store, so that it
    /// speaks of the bytes that are kept, and a resumed body needs nothing special.
    func digest(of upload: UploadID) async -> SHA256Digest?
    /// Bytes of a document's body: from an offset, a multiple of `Limits.pieceBytes`, `count` bytes
    /// or to the end of that piece; for an inline body all of it. Nil when they cannot be had.
    func body(of document: DocumentID, from offset: UInt64, count: Int) async -> [UInt8]?
}

/// What the relay wants of one link. From `Action`, after the commit that it follows from.
package enum LinkCommand: Sendable {
    case forward(Transfer)
    case want(Offer, from: UInt64)
    case answer(Offer, [Answered])
    case say(Memo)
    case close(reason: String)
    case drain(reason: String)
}
