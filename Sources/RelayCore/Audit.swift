// What two relays tell each other to compare their books: figures of a day, and the deliveries that
// one has handed over to the other.
//
// A relay speaks only of what the peer itself handed to it or took from it. Read-only: the answers
// come from the store's snapshots, and the core decides nothing about them.

package enum Audit {
    package struct Question: Hashable, Sendable {
        /// Answers carry it back; drawn by the one that asks.
        package let number: UInt64
        package let asked: Asked

        package init(number: UInt64, asked: Asked) {
            self.number = number
            self.asked = asked
        }
    }

    package enum Asked: Hashable, Sendable {
        /// What you took from me, and handed to me, on that day.
        case figures(Day)
        /// Which deliveries you say you handed over to me on that day, from behind the cursor.
        case handed(Day, after: Cursor?)
        /// In which state are these, which I say I handed over to you?
        case known([DeliveryKey])
    }

    package struct Answer: Hashable, Sendable {
        package let number: UInt64
        package let told: Told

        package init(number: UInt64, told: Told) {
            self.number = number
            self.told = told
        }
    }

    package enum Told: Hashable, Sendable {
        case figures(Figures)
        case handed([Entry], next: Cursor?)
        /// One for each that was asked for; nil: not known as one that came from you.
        case known([StateName?])
        /// Ask again later: another question of yours is at work, or the store has no reader free.
        case busy
    }

    /// Of the relay that tells, about the one that asks.
    package struct Figures: Hashable, Sendable {
        package var takenDocuments: UInt64
        package var takenReceipts: UInt64
        package var handedDocuments: UInt64
        package var handedReceipts: UInt64

        package init(
            takenDocuments: UInt64 = 0, takenReceipts: UInt64 = 0, handedDocuments: UInt64 = 0,
            handedReceipts: UInt64 = 0
        ) {
            self.takenDocuments = takenDocuments
            self.takenReceipts = takenReceipts
            self.handedDocuments = handedDocuments
            self.handedReceipts = handedReceipts
        }
    }

    package struct Entry: Hashable, Sendable {
        package let key: DeliveryKey
        /// Where it is with the one that handed it over; nil when its record has gone.
        package let state: StateName?

        package init(key: DeliveryKey, state: StateName?) {
            self.key = key
            self.state = state
        }
    }

    /// A place in the histories: what was looked at last.
    package struct Cursor: Hashable, Sendable {
        package let document: DocumentID
        package let number: UInt64

        package init(document: DocumentID, number: UInt64) {
            self.document = document
            self.number = number
        }
    }

    /// Deliveries in one question or answer: a thousand make some 70 KiB.
    package static let keysMax = 1_000
}
