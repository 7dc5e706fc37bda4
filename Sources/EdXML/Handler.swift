// What libxml2's events mean: keeps the path of open elements, the text of the field that is being
// read, and the first fault. Holds nothing of the rest of the document. After a fault every later
// event is ignored; the parser stops at the end of the slice at the latest.

/// A class, because libxml2's callbacks need something with an address; owned by one `Parser` and
/// used by one reader at a time.
final class Handler {
    let limits: EdXMLLimits
    private(set) var builder: HeaderBuilder
    private(set) var failure: EdXMLError?
    private(set) var rootSeen = false
    private(set) var rootClosed = false
    private var namespaceFaults = 0
    /// The open elements, the root first.
    private var path: [Place] = []
    /// The text of the innermost field, without leading white space.
    private var text: [UInt8] = []

    init(limits: EdXMLLimits) {
        self.limits = limits
        builder = HeaderBuilder(limits: limits)
    }

    /// Keeps the first fault.
    func fail(_ error: EdXMLError) {
        if failure == nil { failure = error }
    }

    /// A rule of namespaces is broken. Some are accepted; a document full of them is not, since
    /// libxml2 words each at some cost.
    func warnOfNamespace(_ text: String, at position: Position) throws(EdXMLError) {
        namespaceFaults += 1
        guard namespaceFaults <= Bounds.namespaceFaultsMax else {
            throw EdXMLError(
                .notWellFormed, at: position,
                "more than \(Bounds.namespaceFaultsMax) faults of namespaces, the last: \(text)")
        }
        builder.warn(text)
    }

    /// One element as libxml2 reports it.
    struct Element {
        var name: String
        /// Attributes and namespace declarations.
        var attributes: Int
        var belongs: Belonging

        /// Whether the element is of the format. Producers in use write `edXML:AttachmentEncoded`
        /// outside the envelope, where the prefix is not bound: meant is what everybody reads.
        enum Belonging {
            case byNamespace
            case byPrefix
            case not
        }
    }

    func start(_ element: Element, at position: Position) throws(EdXMLError) {
        guard element.attributes <= limits.attributesMax else {
            throw EdXMLError(
                .tooManyAttributes, at: position,
                "an element has more than \(limits.attributesMax) attributes")
        }
        guard path.count < limits.depthMax else {
            throw EdXMLError(
                .tooDeep, at: position, "elements are nested more than \(limits.depthMax) deep")
        }
        guard let parent = path.last else {
            try startRoot(element, at: position)
            return
        }
        if case .field(let field) = parent {
            builder.warn("line \(position.line): \(field.path) holds an element, which is left out")
        }
        let place =
            element.belongs == .not ? Place.skipped : parent.child(element.name)
        path.append(place)
        switch place {
        case .messageHeader:
            try builder.beginMessageHeader(isStatus: element.name == "Status", at: position)
        case .reference: try builder.beginReference(at: position)
        case .attachment: try builder.beginAttachment(at: position)
        case .field: text.removeAll(keepingCapacity: true)
        default: break
        }
    }

    /// The root decides at once whether the rest is worth reading.
    private func startRoot(_ element: Element, at position: Position) throws(EdXMLError) {
        rootSeen = true
        let isOurs = element.belongs == .byNamespace
        guard element.name == Place.rootName, isOurs else {
            let name = String(quoting: element.name.utf8)
            throw EdXMLError(
                .notEdXML, at: position,
                "the root element is \(name)\(isOurs ? "" : ", not of the format's namespace"): "
                    + "expected \(Place.rootName) of the namespace \(Place.namespace)")
        }
        path.append(.root)
    }

    /// The innermost element ends; what was gathered of it is handed on.
    func end(at position: Position) throws(EdXMLError) {
        guard let place = path.popLast() else { return }
        switch place {
        case .root: rootClosed = true
        case .reference: builder.endReference()
        case .attachment: builder.endAttachment(at: position)
        case .field(let field):
            while let last = text.last, Prologue.isWhiteSpace(last) { text.removeLast() }
            try builder.take(field, String(decoding: text, as: UTF8.self), at: position)
        default: break
        }
    }

    /// Whether anybody wants the names of elements inside the present one.
    var isSkipping: Bool { path.last == .skipped }

    /// A run of text of the innermost element. Most of a document is either counted or let go.
    func characters(
        _ characters: Span<UInt8>, at position: Position
    ) throws(EdXMLError) {
        switch path.last {
        case .encoded: builder.add(encoded: characters)
        case .field(let field): try keep(characters, of: field, at: position)
        default: break
        }
    }

    /// Adds to the field's text. White space at either end does not count towards its length.
    private func keep(
        _ characters: Span<UInt8>, of field: Field, at position: Position
    ) throws(EdXMLError) {
        for place in characters.indices {
            let byte = characters[place]
            let isBlank = Prologue.isWhiteSpace(byte)
            if isBlank, text.isEmpty { continue }
            guard text.count < field.bytesMax else {
                if isBlank { continue }
                throw EdXMLError(
                    .fieldTooLong, at: position,
                    "\(field.path) is longer than \(field.bytesMax) bytes")
            }
            text.append(byte)
        }
    }
}
