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

    @Sendable static func drill(_ text: String) throws -> DrillID {
        guard let id = DrillID(text) else {
            throw ValidationError(
                "'\(Clean.text(text))' is not a drill's id; drill list shows them.")
        }
        return id
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

    @Sendable static func scope(_ text: String) throws -> OrganisationScope {
        guard let scope = OrganisationScope(text) else {
            throw ValidationError("'\(Clean.text(text))' is not \(OrganisationScope.rule).")
        }
        return scope
    }

    @Sendable static func priority(_ text: String) throws -> Int {
        guard let priority = Int(text), (0...4).contains(priority) else {
            throw ValidationError("A priority is a number from 0 to 4.")
        }
        return priority
    }

    /// Whatever the unit: no document is a hundred years old.
    private static let ageMax: Int64 = 36_500

    /// Seconds. The units are those of the configuration file.
    @Sendable static func age(_ text: String) throws -> Int64 {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let digits = text.dropLast().filter { $0 != " " }
        guard let unit = text.last.flatMap({ units[$0] }), digits.allSatisfy(\.isASCII),
            digits.first?.isNumber == true, let number = Int64(digits), number <= ageMax
        else {
            throw ValidationError(
                "'\(Clean.text(text))' is not an age: a whole number with s, m, h or d, such as "
                    + "90s, 30m, 2h, 3d.")
        }
        return number * unit
    }

    @Sendable static func reason(_ text: String) throws -> String {
        guard QueueOrder.isReason(text) else {
            throw ValidationError("A reason has \(QueueOrder.reasonRule).")
        }
        return text
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
