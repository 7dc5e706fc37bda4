// A network address as it stands in the configuration.
//
// Guarantees: the host is an IPv4 address, an IPv6 address or a host name by its spelling, so that
// nothing else reaches the resolver. Leaves to others: whether the name exists.

/// `hub1.example.vn:4600`, `192.0.2.7:4600` or `[2001:db8::7]:4600`.
package struct HostAndPort: Hashable, Sendable, CustomStringConvertible {
    /// The host; an IPv6 address stands without its brackets.
    package let host: String
    /// The port. 0, allowed where the relay listens, lets the system choose one.
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// The form of the configuration file, with brackets around an IPv6 address.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether the host stands for every address of the machine, which one can listen on and not
    /// dial.
    var isWildcard: Bool {
        host == "0.0.0.0" || (host.contains(":") && host.allSatisfy { $0 == "0" || $0 == ":" })
    }

    /// Reads `host:port`; nil when it is not one.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(Host.isDigit),
            let port = UInt16(digits)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard Host.isIPv6(host) else { return nil }
        } else {
            guard Host.isIPv4(host) || Host.isName(host) else { return nil }
        }
        self.init(host: String(host), port: port)
    }
}

/// The spellings of a host.
enum Host {
    /// Four decimal numbers up to 255, without leading zeros (some resolvers read those as octal).
    static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy(isDigit)
                    && UInt8(part) != nil && (part.utf8.count == 1 || part.first != "0")
            }
    }

    /// RFC 4291 section 2.2, with an IPv4 tail and without a zone.
    static func isIPv6(_ text: Substring) -> Bool {
        guard text.utf8.count <= 45, text.contains(":") else { return false }
        var groups = text.split(separator: ":", omittingEmptySubsequences: false)
        var length = 8
        if let tail = groups.last, tail.contains(".") {
            guard isIPv4(tail) else { return false }
            groups.removeLast()
            length = 6
        }
        // "::" stands once for one or more groups; at either end it leaves two empty pieces.
        if groups.first == "" {
            guard groups.count > 1, groups[1] == "" else { return false }
            groups.removeFirst()
        }
        if length == 8, groups.last == "" {
            guard groups.count > 1, groups[groups.count - 2] == "" else { return false }
            groups.removeLast()
        }
        let gaps = groups.filter(\.isEmpty).count
        let sound = groups.allSatisfy { group in
            group.utf8.count <= 4 && group.utf8.allSatisfy(isHexadecimal)
        }
        guard sound else { return false }
        return gaps == 0 ? groups.count == length : gaps == 1 && groups.count <= length
    }

    /// RFC 1123 section 2.1, and the underscore that container networks put into names. A last
    /// label of digits alone would be an IPv4 address gone wrong.
    static func isName(_ text: Substring) -> Bool {
        guard (1...Bounds.hostNameBytesMax).contains(text.utf8.count) else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, !last.utf8.allSatisfy(isDigit) else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy(isNameByte)
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x2D || byte == 0x5F
    }
}
