// What applications are told of, in order: the feed that a document-management system follows
// instead of asking for every document again and again.
//
// Guarantees: announced in the commit of the state that it tells of; numbers only rise, in the
// order of commits, and none is given twice. Leaves to others: how long they are kept, and who
// reads them.

/// One entry of the feed.
package struct Announcement: Hashable, Sendable {
    /// From 1.
    package let number: UInt64
    package let happening: Happening
    /// The sender's own id of the document, which the application knows it by; may be empty. Kept
    /// here, for the entry may outlive all that is known of the document.
    package let reference: String

    package init(number: UInt64, happening: Happening, reference: String) {
        self.number = number
        self.happening = happening
        self.reference = reference
    }
}

/// A part of the feed, oldest first.
package struct AnnouncementPage: Hashable, Sendable {
    package let announcements: [Announcement]
    /// The oldest that is kept; the one that will come next when none is.
    package let oldest: UInt64
    /// The last that was given out; 0 when there was none yet.
    package let last: UInt64

    package init(announcements: [Announcement], oldest: UInt64, last: UInt64) {
        self.announcements = announcements
        self.oldest = oldest
        self.last = last
    }

    /// Whether everything after `number` is kept, or still to come. Otherwise a reader who is there
    /// has missed something, or has read another feed: this one was restored from a copy.
    package func continues(after number: UInt64) -> Bool {
        number <= last && oldest <= number + 1
    }
}

extension Happening.What {
    /// Whether an application needs to know: a document came, its end is proved or missed, or
    /// somebody has interfered. The steps on its way are for the history alone.
    package var isForApplications: Bool {
        switch self {
        case .delivered, .receiptVerified, .receiptRejected, .failed, .failureSigned,
            .deadlineNear, .deadlineMissed, .held, .released, .cancelled, .conflicting:
            true
        case .accepted, .received, .relayed, .returned, .refused, .receiptSigned, .collected,
            .resent, .repeated, .retried, .rerouted, .rehearsed:
            false
        }
    }
}

extension Delivery {
    /// Whether this relay's applications are told. A relay on the way has none for the document;
    /// a receipt is no document of theirs, unless it proves nothing; of test documents they never
    /// hear.
    func announces(_ what: Happening.What) -> Bool {
        what.isForApplications && part != .transit && drill == nil
            && (kind != .receipt || what == .receiptRejected)
    }
}
