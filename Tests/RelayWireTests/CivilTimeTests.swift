// The calendar, against dates that are known from elsewhere.

import RelayCore
import Testing

@testable import RelayWire

@Suite("Times as RFC 3339")
struct CivilTimeTests {
    /// From `date -u -d @SECONDS`.
    static let known: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (68_169_600_000, "1972-02-29T00:00:00.000Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (951_868_800_000, "2000-03-01T00:00:00.000Z"),
        (978_307_199_000, "2000-12-31T23:59:59.000Z"),
        (1_000_000_000_000, "2001-09-09T01:46:40.000Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
        (1_777_852_800_123, "2026-05-04T00:00:00.123Z"),
        (2_147_483_648_000, "2038-01-19T03:14:08.000Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (13_574_563_200_000, "2400-02-29T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ]

    @Test("a known time is written and read", arguments: known)
    func knownTimes(milliseconds: Int64, text: String) {
        #expect(CivilTime.text(Instant(milliseconds: milliseconds)) == text)
        #expect(CivilTime.instant(text) == Instant(milliseconds: milliseconds))
    }

    @Test("every day of the next 450 years follows the one before")
    func everyDay() {
        var (year, month, day) = (1_970, 1, 1)
        var wrong = 0
        for number in 0..<164_359 {
            let date = CivilTime.date(ofDay: number)
            if date != (year, month, day) { wrong += 1 }
            if number.isMultiple(of: 97), CivilTime.day(year, month, day) != number { wrong += 1 }
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            day += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect(wrong == 0)
        #expect((year, month, day) == (2_420, 1, 1))
    }

    @Test("what lies outside is written as the nearest time inside")
    func outside() {
        #expect(CivilTime.text(Instant(milliseconds: -1)) == "1970-01-01T00:00:00.000Z")
        #expect(CivilTime.text(Instant(milliseconds: .max)) == "9999-12-31T23:59:59.999Z")
    }

    @Test(
        "another way to write a time is not read",
        arguments: [
            "", "2026-05-04T00:00:00Z", "2026-05-04T00:00:00.1Z", "2026-05-04t00:00:00.123Z",
            "2026-05-04T00:00:00.123z", "2026-05-04T07:00:00.123+07:00",
            "2026-05-04 00:00:00.123Z", "2026-13-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z",
            "2026-02-29T00:00:00.000Z", "2100-02-29T00:00:00.000Z", "2026-04-31T00:00:00.000Z",
            "2026-05-00T00:00:00.000Z", "2026-05-04T24:00:00.000Z", "2026-05-04T00:60:00.000Z",
            "2026-05-04T23:59:60.000Z", "1969-12-31T23:59:59.999Z", "+026-05-04T00:00:00.123Z",
            "2026-05-04T00:00:00.123Z ", "２026-05-04T00:00:00.1Z",
        ])
    func otherForms(text: String) {
        #expect(CivilTime.instant(text) == nil)
    }
}
