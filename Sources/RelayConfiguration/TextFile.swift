// A file of text from disk, before anybody knows what it says.
//
// Guarantees: only a regular file of at most `Bounds.fileBytesMax` bytes of UTF-8 is read; anything
// else is one error that says why. Leaves to others: its meaning.

import FoundationEssentials

enum TextFile {
    /// `noun` says what kind of file is wanted, with its article.
    static func read(_ path: String, as noun: String) -> Result<String, ConfigurationErrors> {
        let findings = Findings(file: path)
        func refused(_ message: String, at place: Place = .start) -> ConfigurationErrors {
            findings.refuse(Findings.wholeFile, message, at: place)
            return findings.outcome ?? ConfigurationErrors(errors: [], more: 0)
        }
        // First a look, since reading a device or a pipe may never end.
        let state = FileState(path)
        switch state.kind {
        case .missing:
            return .failure(refused("does not exist; give the path of \(noun)"))
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
        return .success(text)
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
