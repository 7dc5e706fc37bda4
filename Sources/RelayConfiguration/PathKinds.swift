// Kinds of value that name a file, and the fingerprint of a peer's key.
//
// Guarantees: a path is text that the system would take, and is most likely a path. Leaves to
// others: what is there (`checkFiles`).

import FoundationEssentials
import RelayCore

extension Kind where Value == String {
    /// The path of a file or directory. Its text may not be a secret put there by mistake.
    static var path: Self {
        Kind(name: "a path", allowed: "absolute, or relative to the directory of this file") {
            text in
            guard !text.isEmpty else { return .unlike }
            guard !Secrets.isLikelySecret(text) else {
                return .refused(
                    "looks like a secret, not like a path; put the secret into a file that only "
                        + "its owner can read, and give the path")
            }
            guard text.utf8.count <= Bounds.pathBytesMax else {
                return .refused(
                    "the path has \(text.utf8.count) bytes; the system takes at most "
                        + "\(Bounds.pathBytesMax)")
            }
            guard !text.unicodeScalars.contains(where: Shown.isControl) else {
                return .refused("the path holds a control character; remove it")
            }
            // A shell would expand these; a directory of that name is never meant.
            guard !text.hasPrefix("~"), !text.hasPrefix("$") else {
                return .refused(
                    "\(Shown.value(text)): ~ and $ are not expanded; write the path out")
            }
            return .value(text)
        }
    }
}

extension Kind where Value == Configuration.DeliveryLog {
    static var deliveryLog: Self {
        let allowed = "\(Kind<String>.path.allowed); \"-\" is standard output"
        return Kind(name: "a path or \"-\"", allowed: allowed) { text in
            if text == "-" { return .value(.standardOutput) }
            return switch Kind<String>.path.read(text) {
            case .value(let path): .value(.file(path))
            case .unlike: .unlike
            case .refused(let message): .refused(message)
            }
        }
    }
}

extension Kind where Value == SHA256Digest {
    /// The SHA-256 of a public key (SubjectPublicKeyInfo, DER), in base64.
    static var pin: Self {
        let allowed = "sha256/ and the 44 characters of base64 of the SHA-256 of the public key"
        return Kind(name: "a pin", allowed: allowed) { text in
            let prefix = "sha256/"
            guard text.hasPrefix(prefix), text.utf8.count == prefix.utf8.count + 44,
                let bytes = Data(base64Encoded: String(text.dropFirst(prefix.utf8.count))),
                let digest = SHA256Digest(bytes: bytes)
            else { return .unlike }
            return .value(digest)
        }
    }
}

/// Paths as text. Nothing here asks the machine.
enum Path {
    /// A path of the configuration, from the directory of the file that it stands in, so that the
    /// directory in which a program was started does not matter.
    static func resolved(_ path: String, beside file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }

    /// All but the last component.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func joined(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    }
}
