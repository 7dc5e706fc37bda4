// Metrics as values, and as the two texts that monitoring reads: the Prometheus exposition format
// 0.0.4, and OpenMetrics 1.0 for whoever asks for it.
//
// The names are a contract like the keys of the JSON: `Docs/Metrics.md` lists them, and a test
// compares the two. Who fills them in decides what they mean.

/// One named quantity, with a sample for each combination of labels.
package struct MetricFamily: Hashable, Sendable {
    package let name: String
    package let kind: Kind
    package let help: String
    package var samples: [Sample] = []

    package enum Kind: String, Sendable {
        /// Only rises while the process runs, or over the store's life; its name ends with
        /// `_total`.
        case counter
        case gauge
        case histogram
    }

    package struct Sample: Hashable, Sendable {
        /// Behind the name: `_bucket`, `_sum` or `_count` of a histogram, else nothing.
        package let suffix: String
        package let labels: [Label]
        package let value: Double
    }

    package struct Label: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What only rises is a counter by its name.
    package init(_ name: String, _ help: String, isHistogram: Bool = false) {
        self.name = name
        self.help = help
        kind = isHistogram ? .histogram : name.hasSuffix("_total") ? .counter : .gauge
    }

    package mutating func add(_ value: Double, _ labels: Label..., suffix: String = "") {
        samples.append(Sample(suffix: suffix, labels: labels, value: value))
    }

    package mutating func add(_ value: some BinaryInteger, _ labels: Label...) {
        samples.append(Sample(suffix: "", labels: labels, value: Double(value)))
    }
}

extension MetricFamily {
    package enum Form: Sendable {
        case prometheus
        case openMetrics

        package var mediaType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }

        /// The form that a client asks for; the older one unless it names the other.
        package init(accept: [String]) {
            let asked = accept.joined(separator: ",").lowercased()
            self = asked.contains("application/openmetrics-text") ? .openMetrics : .prometheus
        }
    }

    package static func text(_ families: [MetricFamily], _ form: Form) -> String {
        var text = ""
        for family in families where !family.samples.isEmpty { family.write(to: &text, form) }
        // OpenMetrics tells a whole text from one that was cut off.
        if case .openMetrics = form { text += "# EOF\n" }
        return text
    }

    private func write(to text: inout String, _ form: Form) {
        // In OpenMetrics a counter's family has the name without `_total`, its samples with it.
        let described =
            form == .openMetrics && kind == .counter ? String(name.dropLast(6)) : name
        text += "# HELP \(described) \(Self.escaped(help, quotes: form == .openMetrics))\n"
        text += "# TYPE \(described) \(kind.rawValue)\n"
        for sample in samples {
            text += name + sample.suffix
            if !sample.labels.isEmpty {
                let labels = sample.labels.map {
                    "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\""
                }
                text += "{" + labels.joined(separator: ",") + "}"
            }
            text += " " + Self.number(sample.value) + "\n"
        }
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n", "\r\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.append(character)
            }
        }
        return escaped
    }

    /// Whole numbers without a point, as far as a `Double` holds them exactly.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        return value.description
    }
}
