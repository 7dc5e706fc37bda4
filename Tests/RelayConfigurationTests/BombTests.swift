// Files made to hurt. Each must be answered at once; the limit on time is far above what any takes
// and far below what it would take without the bound.

import RelayCore
import Testing

@testable import RelayConfiguration

@Suite("Files made to hurt")
struct BombTests {
    @Test("a file larger than the bound is not read", .timeLimit(.minutes(1)))
    func large() {
        let text = "# " + String(repeating: "x", count: Bounds.fileBytesMax)
        #expect(Sample.report(text) == "1:1: (file): has 1048578 bytes; at most 1048576 are read")
    }

    @Test("aliases of aliases are not expanded, as values or as keys", .timeLimit(.minutes(1)))
    func laughs() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let expected =
            "1:1: (file): has 271 aliases (*name); anchors and aliases are not used here, so write "
            + "each value out, and put text with * or & in quotes"
        #expect(Sample.report(text + "last: 1\n").contains("has 270 aliases"))
        #expect(Sample.report(text + "? *a30\n: 1\n") == expected)
    }

    @Test("few aliases of a large list are refused quickly", .timeLimit(.minutes(1)))
    func largeAnchor() {
        let list = Array(repeating: "xxxxxxxx", count: 60).joined(separator: ", ")
        var text = "a: &a\n"
        for _ in 0..<1_500 { text += "- [\(list)]\n" }
        text += "? [*a, *a]\n: 1\n? [*a, *a, x]\n: 2\n"
        #expect(
            Sample.report(text).contains("anchors and aliases (&name, *name) are not used here"))
    }

    @Test("comments and text with * and & are no aliases", .timeLimit(.minutes(1)))
    func innocentStars() throws {
        let comments = String(repeating: "# *this* is R&D: a*b, **, &, * and /*x\n", count: 50)
        #expect(try Sample.with(comments).relay.code.text == "H26.1.2")
    }

    @Test("deep nests are refused, in blocks and in brackets", .timeLimit(.minutes(1)))
    func deep() {
        let blocks =
            "listen:\n" + (0..<40).map { String(repeating: " ", count: $0) + "-\n" }.joined()
        #expect(Sample.reportWith(blocks).contains("is nested more than 16 levels deep"))
        let brackets = "listen: " + String(repeating: "[", count: 100_000)
        #expect(
            Sample.reportWith(brackets)
                == "8:73: (file): more than 64 brackets ([ or {) in one line; spread the list over "
                + "several lines")
        let lines = "listen:\n" + String(repeating: " [\n", count: 5_000)
        #expect(Sample.reportWith(lines).contains("Maximum nesting level reached"))
        let dashes = "listen:\n " + String(repeating: "- ", count: 300_000) + "\n"
        #expect(Sample.reportWith(dashes).contains("Maximum nesting level reached"))
    }

    @Test("complex keys within complex keys are refused", .timeLimit(.minutes(1)))
    func complexKeys() {
        let text = String(repeating: "? ", count: 900) + "x\n"
        #expect(
            Sample.report(text)
                == "1:9: (file): more than 4 complex keys (? key); every key here is one word")
    }

    @Test("nests of brackets as keys are compared in bounded time", .timeLimit(.minutes(1)))
    func bracketKeys() {
        let nest = String(repeating: "{", count: 60) + "a" + String(repeating: "}: 1", count: 60)
        let text = (0..<2_000).map { "- {k\($0): \(nest)}\n" }.joined()
        #expect(!Sample.report(text).isEmpty)
    }

    @Test("a file full of lists and mappings is answered", .timeLimit(.minutes(1)))
    func manyItems() {
        let routes = (0..<15_000).map { "- {to: A\($0), via: [B]}\n" }.joined()
        let report = Sample.reportWith("routes:\n" + routes)
        #expect(report.hasSuffix("14800 more errors are not shown; correct these first"))
    }
}
