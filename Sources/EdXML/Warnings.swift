// What was accepted although it should not be so: a bounded list of short sentences, each once.

struct Warnings {
    private(set) var texts: [String] = []
    private var leftOut = false

    mutating func add(_ text: String) {
        // Once the list is full nothing more is compared: a document may give cause without end.
        guard !leftOut else { return }
        let text = text.bounded(to: Bounds.messageBytesMax)
        guard !texts.contains(text) else { return }
        guard texts.count < Bounds.warningsMax else {
            leftOut = true
            texts.append("further warnings are left out")
            return
        }
        texts.append(text)
    }
}
