// Reading a configuration: from text, which asks the machine nothing, or from a file.
//
// Guarantees: the same text gives the same answer on every machine; a failure names at least one
// error. Leaves to others: whether the files that it names are there (`checkFiles`).

import FoundationEssentials
import RelayCore

extension Configuration {
    /// Reads the text of a configuration file. `file` names it in messages, and paths in it are
    /// relative to the directory of `file`. All errors are collected; the text may be anything.
    package static func parse(
        _ text: String, file: String
    ) -> Result<Configuration, ConfigurationErrors> {
        let findings = Findings(file: file)
        if let element = Composer.mapping(of: text, findings: findings) {
            let draft = Draft(Section(file: element, findings: findings), file: file)
            CrossChecks.run(draft, findings: findings)
            if findings.outcome == nil,
                let configuration = draft.configuration(file: file, places: findings.places)
            {
                return .success(configuration)
            }
        }
        guard let errors = findings.outcome else {
            // A required value that is nil without a report is a mistake in `Draft`.
            preconditionFailure("\(file) is incomplete, and nothing was reported")
        }
        return .failure(errors)
    }

    /// Reads a configuration file. Only a regular file of at most `Bounds.fileBytesMax` bytes in
    /// UTF-8 is read.
    package static func load(path: String) -> Result<Configuration, ConfigurationErrors> {
        let findings = Findings(file: path)
        func refused(_ message: String, at place: Place = .start) -> ConfigurationErrors {
            findings.refuse(Findings.wholeFile, message, at: place)
            return findings.outcome ?? ConfigurationErrors(errors: [], more: 0)
        }
        // First a look, since reading a device or a pipe may never end.
        let state = FileState(path)
        switch state.kind {
        case .missing:
            return .failure(refused("does not exist; give the path of a configuration file"))
        case .unknown(let reason): return .failure(refused("cannot be examined: \(reason)"))
        case .directory: return .failure(refused("is a directory; give the path of a file"))
        case .other: return .failure(refused("is not a regular file; give the path of one"))
        case .file: break
        }
        guard state.size <= UInt(Bounds.fileBytesMax) else {
            return .failure(
                refused("has \(state.size) bytes; at most \(Bounds.fileBytesMax) are read"))
        }
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            return .failure(refused("cannot be read: \(FileState.reason(error))"))
        }
        // Foundation would repair or guess; a code that was repaired would be another code.
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let (place, byte) = Self.firstBadByte(bytes)
            let hex = String(byte, radix: 16, uppercase: true)
            return .failure(
                refused("is not UTF-8: the byte 0x\(hex) here; save the file as UTF-8", at: place))
        }
        return parse(text, file: path)
    }

    /// Where the text stops being UTF-8.
    private static func firstBadByte(_ bytes: Data) -> (Place, UInt8) {
        var line = 1
        var column = 1
        var decoder = UTF8()
        var offset = bytes.startIndex
        var rest = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&rest) {
            offset += UTF8.width(scalar)
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return (Place(line: line, column: column), offset < bytes.endIndex ? bytes[offset] : 0)
    }
}
