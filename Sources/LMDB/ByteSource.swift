// What keys and values are given as: anything that can show its bytes in place, so that a put
// copies once, into the page. Spans handed out the other way point into the map; they cannot
// leave the closure they are given to.

/// Bytes that can be looked at without copying them.
package protocol ByteSource: ~Copyable, ~Escapable {
    /// Calls `body` once with all the bytes.
    func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result
}

extension RawSpan: ByteSource {
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(self)
    }
}

extension Span: ByteSource where Element == UInt8 {
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe bytes)
    }
}

extension Array: ByteSource where Element == UInt8 {
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe span.bytes)
    }

    /// A copy of the bytes, for what must outlive the transaction.
    package init(copyingBytes bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { (buffer) in unsafe [UInt8](buffer) }
    }
}

extension ArraySlice: ByteSource where Element == UInt8 {
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe span.bytes)
    }
}

extension InlineArray: ByteSource where Element == UInt8 {
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe span.bytes)
    }
}
