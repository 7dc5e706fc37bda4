// Random bytes that nobody can guess: RAND_bytes(3), seeded by the kernel. Without them keys and
// ids would repeat, so a failure stops the process instead of going on with something weaker.

internal import COpenSSL

/// A source of unpredictable bytes, usable wherever Swift takes a generator.
package struct SecureRandom: RandomNumberGenerator, Sendable {
    package init() {}

    package mutating func next() -> UInt64 { Self.uint64() }

    package static func uint64() -> UInt64 {
        var number: UInt64 = 0
        unsafe withUnsafeMutableBytes(of: &number) { unsafe fill($0) }
        return number
    }

    package static func bytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0 && count <= Bounds.callBytesMax, "a sensible number of bytes")
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            unsafe fill(UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
            initialized = count
        }
    }

    private static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard unsafe !buffer.isEmpty else { return }
        ErrorQueue.clear()
        let place = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard unsafe RAND_bytes(place, Int32(buffer.count)) == 1 else {
            fatalError("\(ErrorQueue.error("RAND_bytes"))")
        }
    }
}
