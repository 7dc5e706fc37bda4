// Files that are sent, and files that come.
//
// A file that comes is written beside its name, forced to disk, and renamed: under its name there
// is never half a document, also not after a power cut.

import Foundation
import RelayAPI
import RelayCore
import RelayTrust

/// A file to be sent, read piece by piece. Its digest is counted on the way.
actor InputFile {
    nonisolated let name: String
    nonisolated let size: Int64
    private let handle: FileHandle
    private var counting = BodyDigest()

    init(path: String) throws {
        let url = URL(fileURLWithPath: path)
        name = url.lastPathComponent
        do {
            let facts = try FileManager.default.attributesOfItem(
                atPath: url.resolvingSymlinksInPath().path)
            guard facts[.type] as? FileAttributeType == .typeRegular,
                let size = (facts[.size] as? NSNumber)?.int64Value
            else { throw CommandFailure(.badInput, "\(path) is not a file") }
            self.size = size
            handle = try FileHandle(forReadingFrom: url)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw Self.failure(path, error)
        }
    }

    nonisolated var body: OutgoingBody {
        OutgoingBody(reading: { try await self.next() })
    }

    /// Of the bytes that have been read.
    func digest() -> SHA256Digest { counting.finish() }

    private func next() throws -> [UInt8]? {
        guard let piece = try handle.read(upToCount: APILimits.pieceBytes), !piece.isEmpty
        else { return nil }
        let bytes = [UInt8](piece)
        counting.update(bytes)
        return bytes
    }

    /// The whole of a small file.
    static func contents(_ path: String, bytesMax: Int) throws -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            let data = try handle.read(upToCount: bytesMax + 1) ?? Data()
            guard data.count <= bytesMax else {
                throw CommandFailure(.badInput, "\(path) has more than \(bytesMax) bytes")
            }
            return [UInt8](data)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw Self.failure(path, error)
        }
    }

    /// Which of the causes it was, in words without the system's numbers.
    private static func failure(_ path: String, _ error: any Error) -> CommandFailure {
        let code = (error as? CocoaError)?.code
        return switch code {
        case .fileReadNoPermission: CommandFailure(.notPermitted, "not permitted to read \(path)")
        case .fileReadNoSuchFile, .fileNoSuchFile:
            CommandFailure(.badInput, "there is no file \(path)")
        default: CommandFailure(.badInput, "cannot read \(path): \(error.localizedDescription)")
        }
    }
}

/// A file that comes, or stdout.
struct OutputFile {
    private let path: String
    private let force: Bool
    private var handle: FileHandle?
    /// Whether a file beside the name is ours to remove.
    private var hasPart = false
    let isStandardOutput: Bool

    /// Does not touch anything yet; throws when the name is taken and `force` is false.
    init(path: String, force: Bool) throws {
        self.path = path
        self.force = force
        isStandardOutput = path == "-"
        guard !isStandardOutput else { return }
        try refuseOverwriting()
    }

    private var partPath: String { path + ".part" }

    /// The first piece opens the file, so a refusal by the relay leaves no trace.
    mutating func write(_ bytes: [UInt8]) throws {
        let target = isStandardOutput ? FileHandle.standardOutput : try open()
        do {
            try target.write(contentsOf: Data(bytes))
        } catch {
            throw Self.failure(isStandardOutput ? "standard output" : partPath, error)
        }
    }

    /// A full disk, most of the time.
    private static func failure(_ place: String, _ error: any Error) -> CommandFailure {
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        let reason = (cause ?? error as NSError).localizedDescription
        return CommandFailure(.negative, "cannot write \(place): \(reason)")
    }

    /// A part left by an earlier try is written over.
    private mutating func open() throws -> FileHandle {
        if let handle { return handle }
        guard FileManager.default.createFile(atPath: partPath, contents: nil),
            let opened = FileHandle(forWritingAtPath: partPath)
        else {
            throw CommandFailure(
                .negative, "cannot write \(partPath)",
                hint: "is there such a folder, and may you write to it?")
        }
        hasPart = true
        handle = opened
        return opened
    }

    /// Gives the file its name once it is on disk.
    mutating func finish() async throws {
        guard !isStandardOutput else { return }
        do {
            let handle = try open()
            try handle.synchronize()
            try handle.close()
            self.handle = nil
        } catch {
            throw (error as? CommandFailure) ?? Self.failure(partPath, error)
        }
        // It may have come while the document did.
        try refuseOverwriting()
        do {
            try await FileReplacement.rename(partPath, to: path)
            hasPart = false
            // The name is durable only when its folder is.
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileHandle(forReadingFrom: folder).synchronize()
        } catch {
            throw Self.failure(path, error)
        }
    }

    /// Removes what was written so far. After `finish` there is nothing left to remove.
    mutating func discard() {
        try? handle?.close()
        handle = nil
        guard hasPart else { return }
        hasPart = false
        try? FileManager.default.removeItem(atPath: partPath)
    }

    private func refuseOverwriting() throws {
        guard !force, FileManager.default.fileExists(atPath: path) else { return }
        throw CommandFailure(
            .badInput, "\(path) exists", hint: "--force writes over it")
    }
}
