// The functions that libxml2 calls (SAX2), each turning C's arguments into values for the handler.
// Only what is listed in `all` is heard: no callback declares, finds or loads an entity.

internal import CLibXML2

enum Callbacks {
    static var all: xmlSAXHandler {
        var events = unsafe xmlSAXHandler()
        unsafe events.initialized = XML_SAX2_MAGIC
        unsafe events.internalSubset = { context, _, _, _ in
            unsafe Callbacks.refuseDocumentType(context)
        }
        unsafe events.startElementNs = { context, name, prefix, uri, spaces, _, attributes, _, _ in
            unsafe Callbacks.start(
                context, name: name, prefix: prefix, uri: uri,
                attributes: Int(spaces) + Int(attributes))
        }
        unsafe events.endElementNs = { context, _, _, _ in
            unsafe Callbacks.event(context) { handler, position throws(EdXMLError) in
                try handler.end(at: position())
            }
        }
        // White space and CDATA sections are text like any other.
        unsafe events.characters = { unsafe Callbacks.text($0, $1, $2) }
        unsafe events.ignorableWhitespace = { unsafe Callbacks.text($0, $1, $2) }
        unsafe events.cdataBlock = { unsafe Callbacks.text($0, $1, $2) }
        unsafe events.serror = { unsafe Callbacks.report($0, $1) }
        return unsafe events
    }

    /// Hands an event to the handler unless there was a fault; a fault stops libxml2.
    private static func event(
        _ context: UnsafeMutableRawPointer?,
        _ body: (Handler, () -> Position) throws(EdXMLError) -> Void
    ) {
        guard let context = unsafe context?.assumingMemoryBound(to: xmlParserCtxt.self),
            let address = unsafe context.pointee._private
        else { return }
        let handler = unsafe Unmanaged<Handler>.fromOpaque(address).takeUnretainedValue()
        guard handler.failure == nil else { return }
        do throws(EdXMLError) {
            try body(handler) { unsafe Position(context) }
        } catch {
            handler.fail(error)
            unsafe xmlStopParser(context)
        }
    }

    /// Called before libxml2 reads anything of the DTD, which it then never does.
    private static func refuseDocumentType(_ context: UnsafeMutableRawPointer?) {
        unsafe event(context) { handler, position throws(EdXMLError) in
            throw EdXMLError(
                .documentType, at: position(),
                "a document type declaration (<!DOCTYPE) is not accepted: expected <edXML")
        }
    }

    /// An element begins. libxml2 has checked the tag; its strings live until we return.
    private static func start(
        _ context: UnsafeMutableRawPointer?, name: UnsafePointer<xmlChar>?,
        prefix: UnsafePointer<xmlChar>?, uri: UnsafePointer<xmlChar>?, attributes: Int
    ) {
        unsafe event(context) { handler, position throws(EdXMLError) in
            let belongs: Handler.Element.Belonging =
                if unsafe equal(uri, Place.namespace) {
                    .byNamespace
                } else if unsafe uri == nil && equal(prefix, Place.usualPrefix) {
                    .byPrefix
                } else {
                    .not
                }
            // Below an element that is skipped, names are of no interest and not copied.
            let text = handler.isSkipping ? "" : unsafe string(name)
            let element = Handler.Element(name: text, attributes: attributes, belongs: belongs)
            try handler.start(element, at: position())
        }
    }

    /// A run of text: libxml2 hands on long text in many runs, of a slice at most.
    private static func text(
        _ context: UnsafeMutableRawPointer?, _ characters: UnsafePointer<xmlChar>?, _ length: Int32
    ) {
        unsafe event(context) { handler, position throws(EdXMLError) in
            guard let characters = unsafe characters else { return }
            let run = unsafe Span(_unsafeStart: characters, count: Int(length))
            try handler.characters(run, at: position())
        }
    }

    /// Every error and warning of libxml2 comes here; none is printed.
    private static func report(_ context: UnsafeMutableRawPointer?, _ error: xmlErrorPtr?) {
        guard let error = unsafe error?.pointee else { return }
        let fault = unsafe XMLFault(error)
        unsafe event(context) { handler, _ throws(EdXMLError) in
            switch fault.verdict {
            case .ignore: break
            case .warn(let text, let position):
                try handler.warnOfNamespace(text, at: position)
            case .refuse(let error): throw error
            }
        }
    }

    private static func string(_ text: UnsafePointer<xmlChar>?) -> String {
        guard let text = unsafe text else { return "" }
        return unsafe String(cString: text)
    }

    /// Whether a C string has these characters; false for none.
    private static func equal(_ text: UnsafePointer<xmlChar>?, _ other: String) -> Bool {
        unsafe other.withCString(encodedAs: UTF8.self) { unsafe xmlStrEqual(text, $0) != 0 }
    }
}

extension Position {
    /// Where the parser stands. libxml2 counts columns in an Int32, which a line of some GiB
    /// passes.
    init(_ context: xmlParserCtxtPtr) {
        let column = unsafe Int(xmlSAX2GetColumnNumber(context))
        line = unsafe max(1, Int(xmlSAX2GetLineNumber(context)))
        self.column = column > 0 ? column : nil
    }
}
