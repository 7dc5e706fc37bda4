// What is to happen when: a binary heap by time, and for equal times in the order of arrangement.

struct Agenda<What> {
    private struct Entry {
        let time: Int64
        let number: UInt64
        let what: What

        func isBefore(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : number < other.number
        }
    }

    private var heap: [Entry] = []
    private var last: UInt64 = 0

    var nextTime: Int64? { heap.first?.time }

    mutating func add(_ what: What, at time: Int64) {
        last += 1
        heap.append(Entry(time: time, number: last, what: what))
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[place].isBefore(heap[parent]) else { return }
            heap.swapAt(place, parent)
            place = parent
        }
    }

    mutating func takeNext() -> (time: Int64, what: What)? {
        guard let first = heap.first else { return nil }
        let end = heap.removeLast()
        guard !heap.isEmpty else { return (first.time, first.what) }
        heap[0] = end
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                if heap[child].isBefore(heap[least]) { least = child }
            }
            guard least != place else { return (first.time, first.what) }
            heap.swapAt(place, least)
            place = least
        }
    }
}
