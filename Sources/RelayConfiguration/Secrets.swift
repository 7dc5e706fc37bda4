// Keeping secrets out of the configuration file, and out of messages about it.

enum Secrets {
    static let armourHint =
        "holds a certificate or key itself; put it into a file of its own and give the path"

    /// Whether the text is, or is cut from, something in PEM form (RFC 7468).
    static func isArmoured(_ text: String) -> Bool {
        text.contains("-----BEGIN") || text.contains("-----END")
    }

    /// Whether text where a path should be is more likely a token or key: long, without a dot, of
    /// the characters of hexadecimal or base64, digits among letters, and not begun like a path.
    static func isLikelySecret(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count >= 24, !text.hasPrefix("/"), !text.contains("-"), !text.contains("_"),
            bytes.allSatisfy(isBase64)
        else { return false }
        let digits = bytes.count { Host.isDigit($0) }
        return digits * 16 >= bytes.count && digits < bytes.count
    }

    /// Whether the name of an unknown key asks for a secret.
    static func isSecretName(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["password", "passphrase", "secret", "token", "privatekey", "pem"].contains {
            name.contains($0)
        }
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F, 0x3D: true
        default: false
        }
    }
}

/// What a message repeats of the file.
enum Shown {
    /// A value in quotes, cut and on one line. Nothing that may be a secret is repeated.
    static func value(_ text: String) -> String {
        guard !Secrets.isArmoured(text), !Secrets.isLikelySecret(text) else {
            return "the value (not shown, it may be secret)"
        }
        return "\"\(name(text))\""
    }

    /// A key, cut and on one line.
    static func name(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(Bounds.shownMax) {
            shown.append(isControl(scalar) ? " " : scalar)
        }
        if text.unicodeScalars.count > Bounds.shownMax { shown.append("…") }
        return String(shown)
    }

    /// C0 and C1 controls, the line ends that only some programs know, byte order marks, and the
    /// characters that change the direction of what follows (a reader would see another text).
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF:
            true
        default: false
        }
    }
}
