// A strict reader of the Prometheus text exposition format 0.0.4: what it refuses, some scraper
// refuses. Written from the format's description, and sharing nothing with the writer.

import Testing

/// What a scrape says.
struct Exposition {
    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    struct Family {
        let type: String
        var samples: [Sample] = []
    }

    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var families: [String: Family] = [:]
    private var helped: Set<String> = []
    private var current: String?

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Fault(description: "the last line has no end") }
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            do {
                try read(line)
            } catch let fault as Fault {
                throw Fault(description: "\(fault): \(line)")
            }
        }
        for (name, family) in families { try Self.check(name, family) }
    }

    /// The one sample with these labels, in any order.
    func value(_ name: String, _ labels: [String: String] = [:]) throws -> Double {
        let base = families[name] == nil ? Self.base(of: name) : name
        let found = families[base]?.samples.filter { $0.name == name && $0.labels == labels }
        return try #require(found?.first, "no \(name)\(labels)").value
    }

    private mutating func read(_ line: Substring) throws {
        if line.hasPrefix("# HELP ") {
            let name = String(line.dropFirst(7).prefix { $0 != " " })
            guard Self.isName(name), helped.insert(name).inserted
            else { throw Fault(description: "a second HELP, or no name") }
        } else if line.hasPrefix("# TYPE ") {
            let words = line.dropFirst(7).split(separator: " ").map(String.init)
            guard words.count == 2, helped.contains(words[0]), families[words[0]] == nil,
                ["counter", "gauge", "histogram"].contains(words[1])
            else { throw Fault(description: "no TYPE that follows its HELP, once") }
            families[words[0]] = Family(type: words[1])
            current = words[0]
        } else {
            let sample = try Self.sample(line)
            let type = current.flatMap { families[$0]?.type }
            let base = type == "histogram" ? Self.base(of: sample.name) : sample.name
            guard let current, base == current
            else { throw Fault(description: "a sample apart from its family") }
            families[current]?.samples.append(sample)
        }
    }

    private static func sample(_ line: Substring) throws -> Sample {
        var rest = line
        let name = String(rest.prefix { $0 != "{" && $0 != " " })
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            repeat {
                rest = rest.dropFirst()
                let label = String(rest.prefix { $0 != "=" })
                rest = rest.dropFirst(label.count)
                guard isName(label), !label.contains(":"), labels[label] == nil,
                    rest.hasPrefix("=\"")
                else { throw Fault(description: "no label") }
                rest = rest.dropFirst(2)
                labels[label] = try value(&rest)
            } while rest.first == ","
            guard rest.popFirst() == "}" else { throw Fault(description: "no end of labels") }
        }
        guard isName(name), rest.popFirst() == " ", let number = number(rest)
        else { throw Fault(description: "no sample") }
        return Sample(name: name, labels: labels, value: number)
    }

    /// Up to the quote that is not escaped.
    private static func value(_ rest: inout Substring) throws -> String {
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                switch rest.popFirst() {
                case "\\": value += "\\"
                case "\"": value += "\""
                case "n": value += "\n"
                default: throw Fault(description: "no such escape")
                }
            default: value.append(character)
            }
        }
        throw Fault(description: "no end of a label's value")
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default:
            text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.e".contains($0)) }
                ? Double(text) : nil
        }
    }

    private static func isName(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil
    }

    private static func base(of name: String) -> String {
        for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
            return String(name.dropLast(suffix.count))
        }
        return name
    }

    private static func check(_ name: String, _ family: Family) throws {
        let series = family.samples.map { "\($0.name)\($0.labels.sorted { $0.key < $1.key })" }
        guard Set(series).count == series.count
        else { throw Fault(description: "\(name) has a series twice") }
        guard (family.type == "counter") == name.hasSuffix("_total")
        else { throw Fault(description: "\(name) is a counter, or is not") }
        guard family.type == "gauge" || family.samples.allSatisfy({ $0.value >= 0 })
        else { throw Fault(description: "\(name) is below 0") }
        guard family.type == "histogram" else { return }
        let buckets = family.samples.filter { $0.name == name + "_bucket" }
        let bounds = buckets.compactMap { $0.labels["le"].flatMap { number($0[...]) } }
        let count = family.samples.first { $0.name == name + "_count" }?.value
        guard bounds.count == buckets.count, bounds == bounds.sorted(), bounds.last == .infinity,
            buckets.map(\.value) == buckets.map(\.value).sorted(), buckets.last?.value == count,
            family.samples.contains(where: { $0.name == name + "_sum" })
        else { throw Fault(description: "\(name) is no histogram") }
    }
}
