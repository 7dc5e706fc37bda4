// Times as text, against dates that are known from elsewhere.

import Testing

@testable import RelayCore

@Suite("Times as RFC 3339")
struct TimestampTests {
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
        #expect(Timestamp.text(Instant(milliseconds: milliseconds)) == text)
        #expect(Timestamp.canonical(text) == Instant(milliseconds: milliseconds))
    }

    @Test(
        "times are written in UTC with milliseconds, and read in any zone",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_772_415_000_250, "2026-03-02T01:30:00.250Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
        ])
    func timestamp(milliseconds: Int64, text: String) {
        let instant = Instant(milliseconds: milliseconds)
        #expect(Timestamp.text(instant) == text)
        #expect(Timestamp.instant(text) == instant)
    }

    @Test("other forms of a time are read, and what is no time is not")
    func timestampForms() {
        let expected = Instant(milliseconds: 1_772_415_000_000)
        for text in [
            "2026-03-02T08:30:00+07:00", "2026-03-01T22:00:00.0-03:30", "2026-03-02t01:30:00z",
            "2026-03-02T01:29:60Z", "2026-03-02T01:30:00.0009Z",
        ] {
            #expect(Timestamp.instant(text) == expected, "\(text)")
        }
        for text in [
            "", "2026-03-02", "2026-02-29T00:00:00Z", "2014-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T01:30:00",
            "2026-03-02T01:30:00.Z", "2026-03-02T01:30:00Zx", "2026-03-02 01:30:00Z",
            "2026-03-02T01:30:00+0700",
        ] {
            #expect(Timestamp.instant(text) == nil, "\(text)")
        }
    }

    @Test("every day of four centuries comes back as itself")
    func days() {
        for day in Int64(-80_000)...80_000 {
            let date = CivilDate(daysSince1970: day)
            #expect(date.daysSince1970 == day)
            if date.daysSince1970 != day { break }
        }
    }

    @Test(
        "another way to write a time is not canonical",
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
        #expect(Timestamp.canonical(text) == nil)
    }
}
