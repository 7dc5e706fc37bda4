// Kinds of value that are an amount: sizes, durations, counts, ports, and the mode of a file.
//
// Guarantees: whole numbers only, no overflow, one unit at most; out of bounds, the message gives
// the bound and its reason. Leaves to others: amounts that must fit each other (`CrossChecks`).

import RelayCore

/// The least and the most of an amount, each with its reason.
struct Extent<Value: Comparable & Sendable>: Sendable {
    let least: Value
    let leastBecause: String
    let most: Value
    let mostBecause: String

    init(_ least: Value, because leastBecause: String, to most: Value, because mostBecause: String)
    {
        self.least = least
        self.leastBecause = leastBecause
        self.most = most
        self.mostBecause = mostBecause
    }

    /// The value, or why not. `text` writes values as people do.
    func reading(_ value: Value, _ text: (Value) -> String) -> Reading<Value> {
        if value < least {
            return .refused(
                "\(text(value)) is less than the least, \(text(least)): \(leastBecause)")
        }
        if value > most {
            return .refused("\(text(value)) is more than the most, \(text(most)): \(mostBecause)")
        }
        return .value(value)
    }

    /// For the reference.
    func words(_ text: (Value) -> String) -> String { "\(text(least)) to \(text(most))" }
}

/// A whole number with an optional unit, as sizes and durations are written.
enum Amount {
    /// A unit and how many of the smallest it holds.
    typealias Units = [(name: String, count: UInt64)]

    static let sizes: Units = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]
    static let durations: Units = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// What people write when they mean the units above.
    static let decimals: Units = sizes.flatMap { unit in
        [("\(unit.name.prefix(1))B", unit.count), (String(unit.name.prefix(1)), unit.count)]
    }

    /// The whole number that the text is, in the smallest unit. Nil when it is not one, when its
    /// unit is not among these, or when it does not fit.
    static func read(_ text: String, units: Units, plain: UInt64?) -> UInt64? {
        let digits = text.prefix { $0.utf8.allSatisfy(Host.isDigit) }
        guard let number = UInt64(digits) else { return nil }
        let unit = text[digits.endIndex...].drop { $0 == " " }
        let count =
            unit.isEmpty && digits.endIndex == text.endIndex
            ? plain : units.first { $0.name == unit }?.count
        guard let count else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: count)
        return overflow ? nil : product
    }

    /// With the largest unit that holds it exactly.
    static func text(_ amount: UInt64, units: Units, plain: String) -> String {
        let unit = units.first { amount >= $0.count && amount.isMultiple(of: $0.count) }
        return unit.map { "\(amount / $0.count) \($0.name)" } ?? "\(amount) \(plain)"
    }

    static func size(_ bytes: UInt64) -> String { text(bytes, units: sizes, plain: "bytes") }

    static func duration(_ interval: Interval) -> String {
        text(UInt64(max(0, interval.milliseconds)), units: durations, plain: "ms")
    }
}

extension Kind where Value == UInt64 {
    /// Bytes. A number alone is bytes; GB and the like are refused, because they mean 1000s to
    /// some.
    static func size(_ range: Extent<UInt64>) -> Self {
        let allowed = "a whole number of bytes, or with KiB, MiB, GiB or TiB, such as 256 MiB"
        return Kind(name: "a size", allowed: allowed, bounds: range.words(Amount.size)) { text in
            if let bytes = Amount.read(text, units: Amount.sizes, plain: 1) {
                return range.reading(bytes, Amount.size)
            }
            guard let near = Amount.read(text, units: Amount.decimals, plain: nil) else {
                return .unlike
            }
            return .refused(
                "\(Shown.value(text)) is not a size: units count in 1024s here, so write "
                    + Amount.size(near))
        }
    }
}

extension Kind where Value == Interval {
    /// A length of time.
    static func duration(_ range: Extent<Interval>) -> Self {
        let allowed = "a whole number with ms, s, m, h or d, such as 500 ms"
        return Kind(
            name: "a duration", allowed: allowed, bounds: range.words(Amount.duration)
        ) { text in
            // A number alone is refused: nobody can tell seconds from milliseconds.
            guard let count = Amount.read(text, units: Amount.durations, plain: nil),
                let milliseconds = Int64(exactly: count)
            else { return .unlike }
            return range.reading(.milliseconds(milliseconds), Amount.duration)
        }
    }
}

extension Kind where Value == Int {
    /// How many of something.
    static func count(_ range: Extent<Int>) -> Self {
        let allowed = "a whole number"
        return Kind(name: "a number", allowed: allowed, bounds: range.words(String.init)) { text in
            guard let number = Amount.read(text, units: [], plain: 1),
                let count = Int(exactly: number)
            else { return .unlike }
            return range.reading(count, String.init)
        }
    }
}

extension Kind where Value == UInt16 {
    /// A TCP port to listen on.
    static var port: Self {
        let allowed = "0 to 65535; 0 lets the system choose"
        return Kind(name: "a port", allowed: allowed, bounds: "0 to 65535") { text in
            guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy(Host.isDigit),
                let port = UInt16(text)
            else { return .unlike }
            return .value(port)
        }
    }
}

extension Kind where Value == UInt32 {
    /// The mode of a socket, in octal. Connecting needs the right to write, so the only sensible
    /// modes are the owner's, with or without the group's.
    static var socketMode: Self {
        let allowed = "four octal digits, such as \"0660\""
        return Kind(name: "a mode", allowed: allowed, bounds: "0600, 0620, 0660") { text in
            guard (3...4).contains(text.utf8.count), text.utf8.allSatisfy(Host.isDigit),
                let mode = UInt32(text, radix: 8)
            else { return .unlike }
            if mode & 0o007 != 0 {
                return .refused(
                    "\(Shown.value(text)) lets every user of this machine send documents; the last "
                        + "digit must be 0, and a group is given access by the digit before it")
            }
            guard [0o600, 0o620, 0o660].contains(mode) else {
                return .refused(
                    "\(Shown.value(text)) is not the mode of a socket; allowed: 0600, 0620, 0660")
            }
            return .value(mode)
        }
    }
}
