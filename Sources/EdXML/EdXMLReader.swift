// The streaming reader: bytes are fed in pieces of any size, as they are uploaded; at the end there
// is a header or one error. The document is never held: memory stays below the sum in
// `Limits.swift` whatever its length. The result does not depend on how the bytes were cut.

package struct EdXMLReader: ~Copyable {
    private var parser: Parser
    private var prologue = Prologue()
    /// Bytes that do not make a whole slice yet.
    private var stage: [UInt8] = []
    private let pieceBytes: Int
    /// The first error; every later call repeats it.
    private var failure: EdXMLError?

    /// `pieceBytes` is how much libxml2 gets in one call, at most a slice: tests lower it to look
    /// for faults where pieces meet. Throws only `outOfMemory`.
    package init(
        limits: EdXMLLimits = EdXMLLimits(), pieceBytes: Int = 16_384
    ) throws(EdXMLError) {
        precondition(pieceBytes > 0)
        parser = try Parser(limits: limits)
        self.pieceBytes = min(pieceBytes, Bounds.sliceBytes)
        stage.reserveCapacity(Bounds.sliceBytes)
    }

    /// Bytes of the document that are held at present, without the header's fields.
    package var heldBytes: Int { parser.heldBytes + stage.count }

    /// Reads the next bytes of the document. An error may be found some KiB after its place, at the
    /// latest by `finish`; after one nothing more is read and every call throws it again.
    package mutating func feed(_ bytes: RawSpan) throws(EdXMLError) {
        if let failure { throw failure }
        do throws(EdXMLError) {
            var place = 0
            while place < bytes.byteCount {
                let next = min(bytes.byteCount, place + Bounds.sliceBytes - stage.count)
                let part = bytes.extracting(place..<next)
                place = next
                if stage.isEmpty, part.byteCount == Bounds.sliceBytes {
                    try read(slice: part)
                } else {
                    unsafe part.withUnsafeBytes { unsafe stage.append(contentsOf: $0) }
                    if stage.count == Bounds.sliceBytes { try readStage() }
                }
            }
        } catch {
            failure = error
            throw error
        }
    }

    package mutating func feed(_ bytes: [UInt8]) throws(EdXMLError) {
        unsafe try feed(bytes.span.bytes)
    }

    /// The document is complete. Throws what `feed` threw, or what is found only now: that the
    /// document is empty or cut off, or that it lacks what a header needs.
    package consuming func finish() throws(EdXMLError) -> EdXMLHeader {
        if let failure { throw failure }
        try readStage()
        guard !prologue.isBlank else {
            throw EdXMLError(.empty, "the document is empty: expected an edXML document")
        }
        try parser.finish()
        return try parser.handler.builder.header()
    }

    private mutating func readStage() throws(EdXMLError) {
        let slice = stage
        stage.removeAll(keepingCapacity: true)
        unsafe try read(slice: slice.span.bytes)
    }

    private mutating func read(slice: RawSpan) throws(EdXMLError) {
        var place = 0
        if prologue.isBlank {
            place = try prologue.examine(unsafe slice.withUnsafeBytes { unsafe Array($0) })
        }
        while place < slice.byteCount {
            let next = min(slice.byteCount, place + pieceBytes)
            try parser.parse(slice.extracting(place..<next))
            place = next
        }
    }
}
