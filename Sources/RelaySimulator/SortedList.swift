// A list that is kept in order: the indexes of the ledger in memory.

struct SortedList<Element: Comparable> {
    private(set) var elements: [Element] = []

    var isEmpty: Bool { elements.isEmpty }

    /// The first place whose element is not before `element`.
    private func place(of element: Element) -> Int {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if elements[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func contains(_ element: Element) -> Bool {
        let place = place(of: element)
        return place < elements.count && elements[place] == element
    }

    mutating func insert(_ element: Element) {
        elements.insert(element, at: place(of: element))
    }

    /// False when it is not there.
    mutating func remove(_ element: Element) -> Bool {
        let place = place(of: element)
        guard place < elements.count, elements[place] == element else { return false }
        elements.remove(at: place)
        return true
    }
}
