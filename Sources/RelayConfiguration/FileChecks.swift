// The files that a configuration names: there, readable, and kept from others.
//
// Guarantees: asks the machine and changes nothing; every finding is reported, at the key that
// names the file. Leaves to others: what is in the files (the TLS library says that when it loads
// them).

import FoundationEssentials

extension Configuration {
    /// Checks every file and directory that the configuration names. Nil when all is well.
    ///
    /// Apart from reading, because it depends on the machine and on who asks: a configuration can
    /// be written and checked elsewhere.
    package func checkFiles() -> ConfigurationErrors? {
        let checks = FileChecks(findings: Findings(file: file, places: places))
        checks.credential("tls.certificate", tls.certificate)
        checks.secret("tls.key", tls.key)
        checks.credential("tls.trust", tls.trust)
        // What is taken over from tls has been checked there.
        if places["receipts.certificate"] != nil {
            checks.credential("receipts.certificate", receipts.certificate)
        }
        if places["receipts.key"] != nil { checks.secret("receipts.key", receipts.key) }
        if places["receipts.trust"] != nil { checks.credential("receipts.trust", receipts.trust) }
        if let tcp = api.tcp { checks.secret("api.tcp.tokenFile", tcp.tokenFile) }

        // By default the socket and the delivery log are in the data directory, which is checked
        // once.
        checks.dataDirectory("relay.data", relay.data)
        if places["api.socket"] != nil {
            checks.place("api.socket", Path.directory(of: api.socket), besides: relay.data)
        }
        if places["api.operatorSocket"] != nil {
            checks.place(
                "api.operatorSocket", Path.directory(of: api.operatorSocket), besides: relay.data)
        }
        if places["log.delivery"] != nil, case .file(let path) = log.delivery {
            checks.place("log.delivery", Path.directory(of: path), besides: relay.data)
        }
        return checks.findings.outcome
    }
}

private struct FileChecks {
    let findings: Findings
    private let manager = FileManager.default

    init(findings: Findings) { self.findings = findings }

    /// A file that must be there and readable. True when it is.
    @discardableResult
    func credential(_ key: String, _ path: String) -> Bool {
        let state = FileState(path)
        switch state.kind {
        case .file: break
        case .missing: return refuse(key, "\(shown(path)) does not exist")
        case .directory: return refuse(key, "\(shown(path)) is a directory; name a file")
        case .other: return refuse(key, "\(shown(path)) is not a regular file")
        case .unknown(let reason):
            return refuse(key, "\(shown(path)) cannot be examined: \(reason)")
        }
        guard state.size > 0 else { return refuse(key, "\(shown(path)) is empty") }
        guard state.size <= UInt(Bounds.credentialBytesMax) else {
            return refuse(
                key,
                "\(shown(path)) has \(state.size) bytes; at most \(Bounds.credentialBytesMax) are "
                    + "read")
        }
        guard manager.isReadableFile(atPath: path) else {
            return refuse(key, "\(shown(path)) cannot be read by this user; change its owner")
        }
        return true
    }

    /// A file that, besides, nobody but its owner may touch.
    func secret(_ key: String, _ path: String) {
        guard credential(key, path) else { return }
        // A group is too many as well: nobody can tell from here who is in it next year.
        let mode = FileState(path).mode
        guard mode & 0o077 != 0 else { return }
        let digits = String(mode & 0o777, radix: 8)
        refuse(
            key,
            "\(shown(path)) has mode 0\(digits), so others than its owner have access; run: chmod "
                + "600 \(path)")
    }

    /// The directory of the relay's data, which is made when it is missing.
    func dataDirectory(_ key: String, _ path: String) {
        let state = FileState(path)
        switch state.kind {
        case .directory:
            if !manager.isWritableFile(atPath: path) {
                refuse(key, "\(shown(path)) cannot be written to by this user; change its owner")
            }
        case .missing: place(key, Path.directory(of: path), besides: nil)
        case .file, .other: refuse(key, "\(shown(path)) is not a directory")
        case .unknown(let reason): refuse(key, "\(shown(path)) cannot be examined: \(reason)")
        }
    }

    /// A directory in which something will be made. `besides` is one that will be made itself.
    func place(_ key: String, _ directory: String, besides data: String?) {
        guard directory != data else { return }
        switch FileState(directory).kind {
        case .directory:
            if !manager.isWritableFile(atPath: directory) {
                refuse(key, "the directory \(shown(directory)) cannot be written to by this user")
            }
        case .missing: refuse(key, "the directory \(shown(directory)) does not exist; make it")
        case .file, .other: refuse(key, "\(shown(directory)) is not a directory")
        case .unknown(let reason):
            refuse(key, "the directory \(shown(directory)) cannot be examined: \(reason)")
        }
    }

    @discardableResult
    private func refuse(_ key: String, _ message: String) -> Bool {
        findings.refuse(key, message)
        return false
    }

    private func shown(_ path: String) -> String { path.isEmpty ? "\"\"" : path }
}
