// The file of the Unix socket: when it may be taken, how it appears, and that it goes away.
//
// The server binds to PATH.new, sets the mode there, and renames it: whoever finds PATH finds a
// socket that is listening and has its final mode. A file left by a crash is replaced only when
// nobody answers on it. Two servers that start in the same instant are kept apart by the store's
// own lock.

import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix

struct UnixSocketFile: Sendable {
    let path: String
    let mode: Int
    private let files = NonBlockingFileIO(threadPool: .singleton)

    init(_ settings: ServerSettings.UnixSocket) throws(ServerStartError) {
        path = settings.path
        mode = settings.mode
        guard path.utf8.count <= APILimits.socketPathBytesMax else {
            throw .pathTooLong(path)
        }
    }

    /// Where the server binds.
    var bindPath: String { path + ".new" }

    /// Throws unless the path is free, or holds a socket on which nobody listens.
    func checkFree(group: any EventLoopGroup) async throws(ServerStartError) {
        do {
            let found = try FileManager.default.attributesOfItem(atPath: path)
            guard found[.type] as? FileAttributeType == .typeSocket else {
                throw ServerStartError.notASocket(path)
            }
        } catch let error as ServerStartError {
            throw error
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return
        } catch {
            throw .failed(path, "\(error)")
        }
        do {
            let channel = try await ClientBootstrap(group: group)
                .connectTimeout(.seconds(2))
                .connect(unixDomainSocketPath: path).get()
            channel.close(promise: nil)
        } catch let error as IOError
            where [ECONNREFUSED, ENOENT].contains(error.errnoCode)
        {
            return
        } catch let error as IOError where error.errnoCode == EAGAIN {
            // Its queue of connections is full, so somebody does listen.
            throw .inUse(path)
        } catch {
            throw .failed(path, "cannot tell whether another server listens there: \(error)")
        }
        throw .inUse(path)
    }

    /// Gives the bound socket its mode and its name.
    func publish() async throws(ServerStartError) -> FileIdentity {
        do {
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: bindPath)
            try await files.rename(path: bindPath, newName: path)
        } catch {
            throw .failed(path, "\(error)")
        }
        guard let identity = FileIdentity(path: path) else {
            throw .failed(path, "the socket was taken away while the server started")
        }
        return identity
    }

    /// Removes the file if it is still the one that was published, and nothing another server put
    /// there since.
    ///
    /// In one blocking call: an asynchronous one is given up half-way when the server's tasks are
    /// cancelled, which is just when this runs.
    func remove(_ published: FileIdentity) {
        guard FileIdentity(path: path) == published else { return }
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// Which file it is, whatever its name: device and number.
struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let number: UInt64

    /// Nil when there is no such file.
    init?(path: String) {
        guard let found = try? FileManager.default.attributesOfItem(atPath: path),
            let device = Self.integer(found[.systemNumber]),
            let number = Self.integer(found[.systemFileNumber])
        else { return nil }
        self.device = device
        self.number = number
    }

    /// The two come as integers of a width that differs between systems.
    private static func integer(_ value: Any?) -> UInt64? {
        switch value {
        case let value as UInt64: value
        case let value as UInt: UInt64(value)
        case let value as Int: UInt64(exactly: value)
        default: nil
        }
    }
}
