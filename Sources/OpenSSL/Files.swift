// Small files, read and written whole: certificates and keys. Reads are bounded; a file with a
// secret is created new, readable by its owner alone, from its first byte on.

internal import Glibc

enum Files {
    /// The content of a regular file of at most `bytesMax` bytes.
    static func read(_ path: String, bytesMax: Int) throws(OpenSSLError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .file(path: path, problem: "cannot be opened, \(reason())")
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .file(path: path, problem: "cannot be examined, \(reason())")
        }
        // A directory or a pipe would block or answer nonsense.
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .file(path: path, problem: "is not a regular file")
        }
        // One byte more than allowed tells a file that is too large, even if it grows meanwhile.
        let capacity = min(Int(status.st_size), bytesMax) + 1
        var problem: OpenSSLError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            while count < capacity {
                let place = unsafe buffer.baseAddress.map { unsafe $0 + count }
                let more = unsafe Glibc.read(descriptor, place, capacity - count)
                if more == 0 { return }
                if more < 0 && errno == EINTR { continue }
                guard more > 0 else {
                    problem = .file(path: path, problem: "cannot be read, \(reason())")
                    return
                }
                count += more
            }
        }
        if let problem { throw problem }
        guard bytes.count <= bytesMax else {
            throw .file(path: path, problem: "has more than \(bytesMax) bytes")
        }
        return bytes
    }

    /// Creates a file that only its owner can read and write (mode 0600). An existing file is never
    /// overwritten; what was half written is removed.
    static func createSecret(_ path: String, _ bytes: [UInt8]) throws(OpenSSLError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else {
            throw .file(path: path, problem: "cannot be created, \(reason())")
        }
        var problem = writeAll(descriptor, bytes) && fsync(descriptor) == 0 ? nil : reason()
        if close(descriptor) != 0 { problem = problem ?? reason() }
        if let problem {
            unsafe unlink(path)
            throw .file(path: path, problem: "cannot be written, \(problem)")
        }
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let place = unsafe buffer.baseAddress.map { unsafe $0 + done }
                let more = unsafe Glibc.write(descriptor, place, buffer.count - done)
                if more < 0 && errno == EINTR { continue }
                guard more > 0 else { return false }
                done += more
            }
            return true
        }
    }

    private static func reason() -> String {
        unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
    }
}
