// "Did you mean": the nearest of the words that would have been right.

enum Suggestion {
    /// The candidate that is fewest slips away from `text`; nil when none is near enough to be
    /// meant. Case does not count as a slip.
    static func nearest(to text: String, among candidates: some Sequence<String>) -> String? {
        let word = Array(text.lowercased().utf8)
        // Longer than any key or code: nobody meant it, and the distance takes their product.
        guard !word.isEmpty, word.count <= 64 else { return nil }
        var best: (distance: Int, candidate: String)?
        for candidate in candidates {
            let goal = Array(candidate.lowercased().utf8)
            // A word that was only begun, such as warn for warning, is as near as one slip.
            let distance = word.count >= 3 && goal.starts(with: word) ? 1 : slips(word, goal)
            guard distance <= max(1, (min(word.count, goal.count) + 1) / 3) else { continue }
            if best.map({ (distance, candidate) < $0 }) ?? true { best = (distance, candidate) }
        }
        return best?.candidate
    }

    /// `; did you mean X?`, or nothing.
    static func phrase(for text: String, among candidates: some Sequence<String>) -> String {
        nearest(to: text, among: candidates).map { "; did you mean \($0)?" } ?? ""
    }

    /// Letters to insert, remove, replace, or swap with their neighbour (optimal string alignment).
    private static func slips(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var before: [Int] = []
        var above = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in b.indices {
                var least = min(above[j + 1] + 1, row[j] + 1, above[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    least = min(least, before[j - 1] + 1)
                }
                row.append(least)
            }
            before = above
            above = row
        }
        return above[b.count]
    }
}
