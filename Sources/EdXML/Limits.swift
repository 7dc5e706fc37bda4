// Every bound of the reader, each with its reason. What a caller may want to set is in
// `EdXMLLimits`; the rest is fixed. Together they bound what one reader holds, whatever the length
// of the document: at most 512 KiB of input and names in libxml2 and the stage, and at most 2 MiB
// of kept text.

/// The bounds that a caller may set; the defaults are far above what real documents reach.
package struct EdXMLLimits: Sendable, Equatable {
    /// Recipients of one document. A letter to all communes of a province has some hundreds.
    package var recipientsMax = 1_000

    /// Elements inside one another. The format nests eight deep, a signature some more.
    package var depthMax = 64

    /// Attributes and namespace declarations of one element. The format uses five at most; libxml2
    /// compares each pair of them, so the number must be small.
    package var attributesMax = 64

    /// Attachments of one document. The longest lists seen in use hold some dozens.
    package var attachmentsMax = 256

    /// References of one manifest: as many as attachments.
    package var referencesMax = 256

    package init() {}
}

/// The bounds that are fixed.
enum Bounds {
    /// Bytes that libxml2 gets at a time. Pieces are gathered to slices of this size, counted from
    /// the document's start, so that the result cannot depend on how the bytes arrived.
    static let sliceBytes = 16_384

    /// The longest tag, comment or instruction, in bytes: libxml2 must see each whole. Real ones
    /// have some hundreds; a comment of a signature's key has two thousand.
    static let markupBytesMax = 65_536

    /// All different names, prefixes and namespaces of a document, in bytes and in number: libxml2
    /// keeps them until the end. The format has about a hundred.
    static let namesBytesMax = 65_536
    static let namesMax = 2_048

    /// The XML declaration, in bytes: real ones have forty or fifty.
    static let declarationBytesMax = 1_024

    /// Uses of prefixes that are not bound, and the like. A manifest and an AttachmentEncoded full
    /// of them have some three thousand.
    static let namespaceFaultsMax = 10_000

    /// Warnings kept, and the bytes of one: enough for a person, and no way to fill memory.
    static let warningsMax = 32
    static let messageBytesMax = 300

    /// Bytes of the document quoted in a message.
    static let quoteBytesMax = 32
}
