// The kinds of value that only drill scenarios have.

import RelayCore

/// A fault by its word alone, before it is known what else belongs to it.
enum FaultWord: String, Sendable, CaseIterable {
    case linkRefused = "link-refused"
    case linkHung = "link-hung"
    case linkSlow = "link-slow"
    case addressBlackholed = "address-blackholed"
    case certificateRefused = "certificate-refused"
    case spaceShort = "space-short"
}

/// A peer by its code, or by its place in a route of whichever relay plays the drill.
enum DrillPeer: Hashable, Sendable {
    case primary
    case backup
    case code(RelayCode)
}

extension Kind where Value == FaultWord {
    static var faultWord: Self {
        .word([
            "link-refused": .linkRefused, "link-hung": .linkHung, "link-slow": .linkSlow,
            "address-blackholed": .addressBlackholed,
            "certificate-refused": .certificateRefused, "space-short": .spaceShort,
        ])
    }
}

extension Kind where Value == DrillPeer {
    static var drillPeer: Self {
        Kind(
            name: "a relay code, primary or backup",
            allowed: "primary or backup (the first or second next hop of the route), or the code "
                + "of a peer: \(Code.rule)"
        ) { text in
            switch text {
            case "primary": .value(.primary)
            case "backup": .value(.backup)
            default: RelayCode(text).map { .value(.code($0)) } ?? .unlike
            }
        }
    }
}

extension Kind where Value == String {
    /// The name of a drill: also what its report's file is called.
    static var drillName: Self {
        Kind(name: "a drill name", allowed: Code.rule) { text in
            Code.isValid(text) ? .value(text) : .unlike
        }
    }

    /// One line for people.
    static var title: Self {
        let most = RelayCore.Limits.drillTitleBytesMax
        return Kind(
            name: "a title", allowed: "one line of text", bounds: "at most \(most) bytes"
        ) { text in
            guard text.utf8.count <= most else {
                return .refused("the title has \(text.utf8.count) bytes; at most \(most) fit")
            }
            return .value(text)
        }
    }
}

extension Kind where Value == IPNetwork {
    static var network: Self {
        let allowed =
            "an address and the length of its prefix, such as 10.1.0.0/16 or \"2001:db8::/32\", "
            + "without a bit set behind the prefix"
        return Kind(name: "a network", allowed: allowed) { text in
            IPNetwork(text).map(Reading.value) ?? .unlike
        }
    }
}

extension Kind where Value == UInt64 {
    /// Bytes in a second.
    static var byteRate: Self {
        let range = Extent<UInt64>(
            128, because: "not even keep-alives would pass in time",
            to: 1 << 40, because: "no link is faster")
        let allowed = "a size in a second, such as 64 KiB/s"
        return Kind(name: "a byte rate", allowed: allowed, bounds: range.words(rate)) { text in
            guard text.hasSuffix("/s") else { return .unlike }
            let size = text.dropLast(2).trimmed
            if let bytes = Amount.read(size, units: Amount.sizes, plain: 1) {
                return range.reading(bytes, rate)
            }
            guard let near = Amount.read(size, units: Amount.decimals, plain: nil) else {
                return .unlike
            }
            return .refused(
                "\(Shown.value(text)) is not a byte rate: units count in 1024s here, so write "
                    + rate(near))
        }
    }

    private static func rate(_ bytes: UInt64) -> String { Amount.size(bytes) + "/s" }
}

extension Kind where Value == Int {
    /// Documents in an hour, written in a second, a minute or an hour.
    static var documentRate: Self {
        let range = Extent<Int>(
            1, because: "without any there is nothing to see",
            to: 3_600_000, because: "a thousand a second is what the largest hub carries")
        let units = ["s": 3_600, "m": 60, "h": 1]
        return Kind(
            name: "a document rate", allowed: "documents in a s, m or h, such as 20/s or 10000/h",
            bounds: "1/h to 1000/s"
        ) { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let unit = units[parts[1].trimmed],
                let count = Amount.read(parts[0].trimmed, units: [], plain: 1),
                let perHour = Int(exactly: count)?.multipliedReportingOverflow(by: unit),
                !perHour.overflow
            else { return .unlike }
            return range.reading(perHour.partialValue) { "\($0)/h" }
        }
    }
}

extension Substring {
    /// Without blanks at either end.
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
