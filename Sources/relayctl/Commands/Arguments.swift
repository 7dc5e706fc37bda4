// Codes and ids on the command line, with their rules in the message when they are wrong.
//
// They are checked before the relay is asked, so a slip of the fingers is a usage error (64).

import ArgumentParser
import RelayAPI
import RelayCore

/// Readers for `transform:`.
enum Read {
    @Sendable static func organisation(_ text: String) throws -> OrganisationCode {
        guard let code = OrganisationCode(text) else {
            throw ValidationError("'\(Clean.text(text))' is not a code: \(Code.rule).")
        }
        return code
    }

    @Sendable static func relay(_ text: String) throws -> RelayCode {
        guard let code = RelayCode(text) else {
            throw ValidationError(
                "'\(Clean.text(text))' is not a relay's code. A code has \(Code.rule).")
        }
        return code
    }

    @Sendable static func day(_ text: String) throws -> Day {
        guard let day = Day(text) else {
            throw ValidationError(
                "'\(Clean.text(text))' is not a date, year-month-day, such as 2026-09-03.")
        }
        return day
    }

    @Sendable static func id(_ text: String) throws -> DocumentID {
        guard let id = DocumentID(text) else {
            throw ValidationError(
                "'\(Clean.text(text))' is not a document id. Ids have 36 characters, such as "
                    + "0190f3c5-6f1a-8abc-9def-0123456789ab.")
        }
        return id
    }
}

extension DeliveryStatus: ExpressibleByArgument {}
extension ReceiptKind: ExpressibleByArgument {}
