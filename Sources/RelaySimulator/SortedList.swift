// A list that is kept in order: the indexes of the ledger in memory. In chunks, so that a hundred
// thousand timers cost little more than ten.

struct SortedList<Element: Comparable> {
    /// Each in order and not empty, and all of one before all of the next.
    private var chunks: [[Element]] = []
    private(set) var count = 0

    /// What is moved when one is inserted: some pages.
    private static var chunkMax: Int { 256 }

    var isEmpty: Bool { chunks.isEmpty }
    var first: Element? { chunks.first?.first }
    var last: Element? { chunks.last?.last }
    /// All of them, in order.
    var elements: some Sequence<Element> { chunks.lazy.joined() }

    func contains(_ element: Element) -> Bool { find(element) != nil }

    mutating func insert(_ element: Element) {
        count += 1
        guard !chunks.isEmpty else {
            chunks.append([element])
            return
        }
        let chunk = min(chunk(for: element), chunks.count - 1)
        chunks[chunk].insert(element, at: Self.place(of: element, in: chunks[chunk]))
        guard chunks[chunk].count > Self.chunkMax else { return }
        let half = Self.chunkMax / 2
        let rest = Array(chunks[chunk][half...])
        chunks[chunk].removeSubrange(half...)
        chunks.insert(rest, at: chunk + 1)
    }

    /// False when it is not there.
    mutating func remove(_ element: Element) -> Bool {
        guard let (chunk, place) = find(element) else { return false }
        count -= 1
        chunks[chunk].remove(at: place)
        if chunks[chunk].isEmpty { chunks.remove(at: chunk) }
        return true
    }

    private func find(_ element: Element) -> (chunk: Int, place: Int)? {
        let chunk = chunk(for: element)
        guard chunk < chunks.count else { return nil }
        let place = Self.place(of: element, in: chunks[chunk])
        return chunks[chunk][place] == element ? (chunk, place) : nil
    }

    /// The first chunk that does not end before `element`; their number when all do.
    private func chunk(for element: Element) -> Int {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle][chunks[middle].count - 1] < element {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// The first place whose element is not before `element`.
    private static func place(of element: Element, in chunk: [Element]) -> Int {
        var low = 0
        var high = chunk.count
        while low < high {
            let middle = (low + high) / 2
            if chunk[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
