// What callers need of raw spans in order to read keys and values in place, and to fill reserved
// ones, without an unsafe word of their own. All offsets are checked.

import Glibc

extension RawSpan {
    package func byte(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount, "offset out of bounds")
        return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// A big-endian number, the order in which numbers sort as keys.
    package func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Integer.Type
    ) -> Integer {
        precondition(
            offset >= 0 && offset <= byteCount - MemoryLayout<Integer>.size, "offset out of bounds")
        return Integer(
            bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }

    package func begins(with prefix: borrowing some ByteSource & ~Copyable & ~Escapable) -> Bool {
        unsafe withUnsafeBytes { (bytes) in
            prefix.withBytes { (prefix) in
                unsafe prefix.withUnsafeBytes { (prefix) in
                    guard prefix.count <= bytes.count else { return false }
                    // An empty buffer may have no address, which memcmp must not be given.
                    guard let start = bytes.baseAddress,
                        let other = prefix.baseAddress
                    else { return unsafe prefix.isEmpty }
                    return unsafe memcmp(start, other, prefix.count) == 0
                }
            }
        }
    }

    package func equals(_ other: borrowing some ByteSource & ~Copyable & ~Escapable) -> Bool {
        other.withBytes { $0.byteCount } == byteCount && begins(with: other)
    }
}

extension MutableRawSpan {
    /// Copies `bytes` to the place `offset` bytes behind the beginning; they must fit.
    package mutating func write(
        _ bytes: borrowing some ByteSource & ~Copyable & ~Escapable, at offset: Int
    ) {
        bytes.withBytes { (source) in
            precondition(
                offset >= 0 && offset <= byteCount - source.byteCount, "offset out of bounds")
            unsafe withUnsafeMutableBytes { (target) in
                unsafe source.withUnsafeBytes { (source) in
                    unsafe UnsafeMutableRawBufferPointer(rebasing: target[offset...])
                        .copyMemory(from: source)
                }
            }
        }
    }
}
