// libxml2's push parser, and nothing of what its events mean. Guarantees: no file and no network is
// ever touched, no DTD is read, no entity is declared or expanded, nothing is printed; libxml2
// holds at most one slice, one tag or comment (`Bounds.markupBytesMax`) and the different names.
// Not Sendable: one reader uses it at a time; any number of parsers may run at once.

internal import CLibXML2
internal import Glibc

@safe struct Parser: ~Copyable {
    private let context: xmlParserCtxtPtr
    /// The context's `_private` points at it without owning it; both go together.
    let handler: Handler

    init(limits: EdXMLLimits) throws(EdXMLError) {
        Self.initialised
        var events = unsafe Callbacks.all
        // Without user data of our own, every callback gets the context itself.
        guard let context = unsafe xmlCreatePushParserCtxt(&events, nil, nil, 0, nil) else {
            throw EdXMLError(.outOfMemory, "the XML parser could not be created: no memory")
        }
        unsafe self.context = context
        handler = Handler(limits: limits)
        unsafe context.pointee._private = Unmanaged.passUnretained(handler).toOpaque()
        // IGNORE_ENC: the encoding was checked before (`Prologue`), libxml2 must not convert.
        // Entities are not substituted (no NOENT) and libxml2's own bounds stay (no HUGE).
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_IGNORE_ENC.rawValue
        _ = unsafe xmlCtxtUseOptions(context, Int32(options))
    }

    deinit {
        unsafe xmlFreeParserCtxt(context)
    }

    /// libxml2's global state, prepared once, before the first context and by one thread.
    private static let initialised: Void = {
        xmlInitParser()
        precondition(
            xmlHasFeature(XML_WITH_THREAD) != 0 && xmlHasFeature(XML_WITH_PUSH) != 0,
            "libxml2 is built without threads or without its push parser")
    }()

    /// Bytes of input not parsed yet: a tag, comment or instruction that is still open.
    private var pendingBytes: Int {
        guard let input = unsafe context.pointee.input, let end = unsafe input.pointee.end,
            let next = unsafe input.pointee.cur
        else { return 0 }
        return unsafe end - next
    }

    /// Bytes that libxml2 keeps of the document: open input and all names.
    var heldBytes: Int { pendingBytes + namesBytes }

    private var namesBytes: Int { Int(unsafe xmlDictGetUsage(context.pointee.dict)) }
    private var namesCount: Int { Int(unsafe xmlDictSize(context.pointee.dict)) }

    /// Where libxml2 stands.
    private var position: Position { unsafe Position(context) }

    /// Parses the next bytes, at most a slice of them. After an error nothing more may be parsed.
    func parse(_ bytes: RawSpan) throws(EdXMLError) {
        let parsed = unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            // A NUL byte is no character of XML, and libxml2's answer to one would be unclear.
            let zero = unsafe memchr(start, 0, bytes.count)
            let length = unsafe zero.map { unsafe UnsafeRawPointer($0) - start } ?? bytes.count
            let text = unsafe start.assumingMemoryBound(to: CChar.self)
            _ = unsafe xmlParseChunk(context, text, Int32(length), 0)
            return length
        }
        try check()
        guard parsed == bytes.byteCount else {
            throw EdXMLError(.notWellFormed, at: position, "a NUL byte: expected text in UTF-8")
        }
    }

    /// The document is at its end: what libxml2 kept back is parsed too.
    func finish() throws(EdXMLError) {
        _ = unsafe xmlParseChunk(context, nil, 0, 1)
        guard handler.rootClosed else {
            // What libxml2 makes of the last bytes depends on where they end (it reports half a tag
            // as an element): that the document is cut off is all that can be said of it.
            throw EdXMLError(
                .truncated, at: position,
                "the document ends before its root element does: expected </edXML>")
        }
        try check()
    }

    private func check() throws(EdXMLError) {
        if let failure = handler.failure { throw failure }
        guard unsafe context.pointee.wellFormed != 0 else {
            throw EdXMLError(.notWellFormed, at: position, "the document is not well-formed XML")
        }
        guard pendingBytes <= Bounds.markupBytesMax else {
            throw EdXMLError(
                .markupTooLong, at: position,
                "a tag, comment or instruction is longer than \(Bounds.markupBytesMax) bytes")
        }
        guard namesBytes <= Bounds.namesBytesMax, namesCount <= Bounds.namesMax else {
            throw EdXMLError(
                .tooManyNames, at: position,
                "more than \(Bounds.namesMax) different names, or too long ones")
        }
    }
}
