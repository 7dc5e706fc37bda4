// Bounds of the wire that the core need not know, each with its reason.

package import RelayCore

package enum WireLimits {
    /// The largest body, in bytes: a receipt states the size as a JSON number, and those are exact up
    /// to 2^53 - 1 (RFC 8785 section 3.2.2.3).
    package static let sizeMax: UInt64 = 1 << 53 - 1

    /// The latest time, 9999-12-31T23:59:59.999Z: RFC 3339 has four digits for the year.
    package static let timeMax = Instant(milliseconds: 253_402_300_799_999)
}
