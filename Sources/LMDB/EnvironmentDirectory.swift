// The directory of an environment, held open as long as the environment is.
//
// POSIX drops all locks of a process on a file when any of its descriptors is closed: a second
// opening in the same process would silently take the locks away that tell readers from dead
// ones. So every open directory is registered by device and inode, under whatever path it is
// named; holding it open keeps the inode from being given to another directory meanwhile.

import CLMDB
import Glibc
import Synchronization

final class EnvironmentDirectory: Sendable {
    private struct Identity: Hashable {
        let device: UInt
        let inode: UInt
    }

    private static let open = Mutex<Set<Identity>>([])

    let descriptor: Int32
    private let identity: Identity

    /// Throws `alreadyOpen`, `remoteFileSystem`, `notPermitted` or `other`.
    init(path: String) throws(LMDBError) {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw LMDBError(code: errno, operation: "open directory", subject: path)
        }
        do throws(LMDBError) {
            let identity = try Self.identity(of: descriptor, path: path)
            if let name = try Self.unsafeFileSystem(of: descriptor, path: path) {
                throw LMDBError(
                    .remoteFileSystem(name), operation: "open environment", subject: path)
            }
            guard Self.open.withLock({ $0.insert(identity).inserted }) else {
                throw LMDBError(.alreadyOpen, operation: "open environment", subject: path)
            }
            self.identity = identity
            self.descriptor = descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit {
        _ = Self.open.withLock { $0.remove(identity) }
        close(descriptor)
    }

    private static func identity(
        of descriptor: Int32, path: String
    ) throws(LMDBError) -> Identity {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw LMDBError(code: errno, operation: "look at directory", subject: path)
        }
        return Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
    }

    private static func unsafeFileSystem(
        of descriptor: Int32, path: String
    ) throws(LMDBError) -> String? {
        var status = statfs()
        guard unsafe fstatfs(descriptor, &status) == 0 else {
            throw LMDBError(code: errno, operation: "look at file system", subject: path)
        }
        return FileSystem.unsafeName(of: UInt32(truncatingIfNeeded: status.f_type))
    }

    /// Makes the names of new files durable: a commit syncs the data file, not its entry here.
    func sync(path: String) throws(LMDBError) {
        guard fsync(descriptor) == 0 else {
            throw LMDBError(code: errno, operation: "sync directory", subject: path)
        }
    }

    /// Whether the file system has no room for even a handful of pages. A write that found room
    /// for its first part only is reported by LMDB as an input/output error; this tells.
    var isFull: Bool {
        var status = statvfs()
        guard unsafe fstatvfs(descriptor, &status) == 0 else { return false }
        return status.f_bavail * status.f_frsize < 64 * 1024
    }
}

/// File systems on which LMDB must not be used: where a map on one machine does not see at once
/// what another wrote, or locks are advisory between machines only (lmdb.h, "Caveats").
enum FileSystem {
    /// The name of the file system when it is refused, by `statfs(2)` type.
    ///
    /// FUSE is refused as a whole: its number does not tell sshfs from a local driver, and
    /// neither promises that a shared map and `fdatasync` behave as the commit relies on.
    static func unsafeName(of type: UInt32) -> String? {
        switch type {
        case 0x0000_6969: "NFS"
        case 0x0000_517B: "SMB"
        case 0xFF53_4D42: "CIFS"
        case 0xFE53_4D42: "SMB2"
        case 0x0000_564C: "NCP"
        case 0x5346_414F, 0x6B41_4653: "AFS"
        case 0x7375_7245: "Coda"
        case 0x0102_1997: "9P"
        case 0x00C3_6400: "Ceph"
        case 0x0BD0_0BD0: "Lustre"
        case 0x4750_4653: "GPFS"
        case 0x1983_0326: "BeeGFS"
        case 0x7461_636F: "OCFS2"
        case 0x0116_1970: "GFS2"
        case 0x6573_5546: "FUSE"
        default: nil
        }
    }
}
