// Aligned columns, measured as they are shown. Ids, codes and reasons stand whole: nothing is cut.

struct Table {
    struct Column {
        var title: String
        var isRight = false
    }

    /// Cleaned when it is made, so that nothing from outside reaches the terminal as it came.
    struct Cell {
        var text: String
        var tone: Style.Tone

        init(_ text: String?, _ tone: Style.Tone = .plain) {
            self.text = Clean.text(text ?? "-")
            self.tone = tone
        }

        init(_ number: Int) { self.init(String(number)) }
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []

    /// A title that begins with `>` makes its column stand to the right.
    init(_ titles: String...) { self.init(titles: titles) }

    init(titles: [String]) {
        columns = titles.map { title in
            title.hasPrefix(">")
                ? Column(title: String(title.dropFirst()), isRight: true) : Column(title: title)
        }
    }

    mutating func add(_ cells: Cell...) { add(cells) }

    mutating func add(_ cells: [Cell]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells)
    }

    /// The titles, then the rows; two spaces between columns.
    func lines(_ style: Style) -> [String] {
        let widths = columns.indices.map { place in
            rows.reduce(DisplayWidth.of(columns[place].title)) {
                max($0, DisplayWidth.of($1[place].text))
            }
        }
        let head = columns.map { Cell($0.title, .bold) }
        return ([head] + rows).map { row in
            let last = row.lastIndex { !$0.text.isEmpty } ?? 0
            return row.indices.prefix(last + 1).map { place in
                // Nothing follows the last cell, so spaces after it would only be in the way.
                let isRight = columns[place].isRight
                let text =
                    place == last && !isRight
                    ? row[place].text
                    : DisplayWidth.pad(row[place].text, to: widths[place], right: isRight)
                return style.paint(text, row[place].tone)
            }.joined(separator: "  ")
        }
    }
}

/// Names and values, one pair to a line.
struct Facts {
    private var pairs: [(name: String, cell: Table.Cell)] = []

    /// Leaves out what has no value.
    mutating func add(_ name: String, _ value: String?, _ tone: Style.Tone = .plain) {
        if let value { pairs.append((name, Table.Cell(value, tone))) }
    }

    func lines(_ style: Style) -> [String] {
        let width = pairs.map { DisplayWidth.of($0.name) }.max() ?? 0
        return pairs.map { pair in
            let name = DisplayWidth.pad(pair.name, to: width + 2, right: false)
            return style.paint(name, .faint) + style.paint(pair.cell.text, pair.cell.tone)
        }
    }
}
