// The operations of a session on arrays, for callers whose bytes are in arrays anyway.

extension TLSSession {
    package mutating func receive(_ ciphertext: [UInt8]) {
        receive(unsafe ciphertext.span.bytes)
    }

    package mutating func write(_ plaintext: [UInt8]) -> TLSOutcome {
        write(unsafe plaintext.span.bytes)
    }

    /// Appends at most `bytesMax` bytes of plaintext (at least 1).
    package mutating func read(into bytes: inout [UInt8], atMost bytesMax: Int) -> TLSOutcome {
        var outcome = TLSOutcome.incomplete
        bytes.append(upTo: bytesMax) { outcome = read(into: &$0) }
        return outcome
    }

    /// The bytes that are to be sent, at most `bytesMax`.
    package mutating func takeCiphertext(atMost bytesMax: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(upTo: min(bytesMax, pendingCiphertextBytes)) { takeCiphertext(into: &$0) }
        return bytes
    }
}

extension [UInt8] {
    /// Appends what `body` puts into the space of `count` bytes that it gets.
    fileprivate mutating func append(upTo count: Int, _ body: (inout OutputRawSpan) -> Void) {
        self += unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let space = unsafe UnsafeMutableRawBufferPointer(
                start: buffer.baseAddress, count: count)
            var span = unsafe OutputRawSpan(buffer: space, initializedCount: 0)
            body(&span)
            initialized = unsafe span.finalize(for: space)
        }
    }
}
