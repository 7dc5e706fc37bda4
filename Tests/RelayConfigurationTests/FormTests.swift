// The form of the file: what YAML is read, and what is said about the rest.

import RelayCore
import Testing

@testable import RelayConfiguration

@Suite("The form of the file")
struct FormTests {
    static let allMissing = """
        1:1: relay.code: is missing; it takes a relay code: 1 to 50 letters (A-Z, a-z), digits, dots, \
        hyphens and underscores, beginning and ending with a letter or digit
        1:1: relay.data: is missing; it takes a path: absolute, or relative to the directory of this file
        1:1: tls.certificate: is missing; it takes a path: absolute, or relative to the directory of this file
        1:1: tls.key: is missing; it takes a path: absolute, or relative to the directory of this file
        1:1: tls.trust: is missing; it takes a path: absolute, or relative to the directory of this file
        """

    @Test(
        "an empty file lacks every required key",
        arguments: ["", "\n\n", "# nothing yet\n", "---\n", "---\n...\n", "{}", "~", "null\n"])
    func emptyFile(text: String) {
        #expect(Sample.report(text) == Self.allMissing)
    }

    @Test("a missing key is reported where its section begins")
    func missingInSection() {
        let report = Sample.report(
            "tls:\n  key: k\n  trust: t\nrelay:\n  # nothing else\n  data: d\n")
        #expect(
            report == """
                1:1: tls.certificate: is missing; it takes a path: absolute, or relative to the \
                directory of this file
                4:1: relay.code: is missing; it takes a relay code: 1 to 50 letters (A-Z, a-z), \
                digits, dots, hyphens and underscores, beginning and ending with a letter or digit
                """)
    }

    @Test("a file that is not keys and values is refused as such")
    func notMapping() {
        #expect(
            Sample.report("relayd\n")
                == "1:1: (file): the file is text; it must be keys and values, such as relay:")
        #expect(
            Sample.report("\n- relay\n- tls\n")
                == "2:1: (file): the file is a list; it must be keys and values, such as relay:")
    }

    @Test("a tab that indents is named")
    func tabs() {
        #expect(
            Sample.report("relay:\n\tcode: A\n")
                == "2:1: (file): a tab indents this line; YAML indents with spaces only")
        #expect(
            Sample.report("relay:\n  code: A\n  \tdata: /d\n")
                == "3:3: (file): a tab indents this line; YAML indents with spaces only")
    }

    @Test("tabs, CRLF and a byte order mark where YAML allows them do no harm")
    func toleratedForm() throws {
        let text = Sample.minimal.replacing("\n", with: "\r\n").replacing(
            "code: H26.1.2", with: "code:\tH26.1.2\t# the district")
        #expect(try Sample.configuration(text).relay.code.text == "H26.1.2")
        #expect(try Sample.configuration("\u{FEFF}" + text).relay.code.text == "H26.1.2")
    }

    @Test("a mistake of syntax is reported with its line and a hint")
    func syntax() {
        let cases = [
            "relay:\n  code: A\n data: /d\n":
                "3:2: (file): is not valid YAML: did not find expected key while parsing a block mapping "
                + "that begins in line 1",
            "relay: code: A\n":
                "1:12: (file): is not valid YAML: mapping values are not allowed in this context; "
                + "look for a wrong indent, or for text with \": \" that needs quotes",
            "routes:\n  - to: *\n":
                "2:10: (file): a * that stands alone must be in quotes: \"*\"",
            "relay:\n  code: @A\n":
                "2:9: (file): is not valid YAML: found character that cannot start any token while "
                + "scanning for the next token; put the text in quotes",
            "listen: [[::]:4600]\n":
                "1:11: (file): is not valid YAML: did not find expected node content while parsing a "
                + "flow node; a bracket is open, or an address such as \"[::1]:4600\" needs quotes",
            "listen:\n  - [::]:4600\n":
                "2:6: (file): is not valid YAML: did not find expected node content while parsing a "
                + "flow node; a bracket is open, or an address such as \"[::1]:4600\" needs quotes",
            "listen: [a:1\nlog:\n":
                "2:4: (file): is not valid YAML: did not find expected ',' or ']' while parsing a flow "
                + "sequence that begins in line 1; a bracket is open, or an address such as \"[::1]:4600\" needs quotes",
            "relay:\n  code: \"A\n":
                "2:9: (file): is not valid YAML: found unexpected end of stream while scanning a quoted "
                + "scalar; a closing quote is missing",
            "relay:\n  code: A\nlisten\n":
                "3:1: (file): is not valid YAML: could not find expected ':' while scanning a simple "
                + "key; this line is neither a key with a colon nor an item of a list",
            "relay: {code: *who}\n":
                "1:15: (file): is not valid YAML: found undefined alias",
            "relay: 1\n---\nrelay: 2\n":
                "2:1: (file): a second document begins here (---); one file holds one configuration",
        ]
        for (text, expected) in cases { #expect(Sample.report(text) == expected) }
    }

    @Test("control characters are refused where they stand, all of them")
    func controls() {
        #expect(
            Sample.report("relay:\n  code: A\u{0}B\n  data: /d\u{7}\n# \u{202E}\n") == """
                2:10: (file): the control character U+0000 is not allowed; remove it
                3:11: (file): the control character U+0007 is not allowed; remove it
                4:3: (file): the control character U+202E is not allowed; remove it
                """)
        #expect(
            Sample.report("relay:\r  code: A\r")
                .hasPrefix(
                    "1:7: (file): a carriage return without a line feed; end lines with LF"))
    }

    @Test("every repeated key is reported, beside all else that is wrong")
    func duplicates() {
        let report = Sample.report(
            """
            relay:
              code: A
              data: /d
              "code": B
              'data': /e
              code: C
            tls: {key: k, certificate: c, trust: t, key: l}
            listen: []
            log:
              level: loud
            listen: [a:1]

            """)
        #expect(
            report == """
                4:3: relay.code: is given twice; first in line 2
                5:3: relay.data: is given twice; first in line 3
                6:3: relay.code: is given twice; first in line 2
                7:41: tls.key: is given twice; first in line 7
                10:10: log.level: "loud" is not one of trace, debug, info, notice, warning, error, critical
                11:1: listen: is given twice; first in line 8
                """)
    }

    @Test("a repeated key that cannot be told from its quotes ends the reading")
    func oddDuplicate() {
        #expect(
            Sample.report("relay: 1\n\"\\x61\": 1\n\"\\x61\": 2\n")
                == "2:1: (file): a key is given twice in the same section")
        let many = (0...Bounds.duplicatesMax).map { "k\($0): 1\nk\($0): 2\n" }.joined()
        #expect(Sample.report(many).hasSuffix("a key is given twice in the same section"))
    }

    @Test("anchors, aliases, merges and tags are refused once, at their place")
    func anchors() {
        #expect(
            Sample.reportWith("log: &x {level: info}\nretry: *x\nsubmit:\n  <<: *x\n") == """
                8:6: log: anchors and aliases (&name, *name) are not used here; write it out
                11:3: submit.<<: is not a known key here; known here: incomplete
                """)
        #expect(
            Sample.reportWith("log:\n  level: !!binary aW5mbw==\n  format: !x text\n") == """
                9:10: log.level: tags (!name) are not used here; write the value alone
                10:11: log.format: tags (!name) are not used here; write the value alone
                """)
        #expect(
            Sample.reportWith("log: !x {level: loud}\n")
                == "8:6: log: tags (!name) are not used here; write the value alone")
    }

    @Test("a key that is no word is refused")
    func oddKeys() {
        #expect(
            Sample.reportWith("[a, b]: 1\n? {c: d}\n: 2\n") == """
                8:1: (file): a key is a list; every key here is one word
                9:3: (file): a key is keys and values; every key here is one word
                """)
    }

    @Test("no more errors than people read are shown, and the rest are counted")
    func manyErrors() {
        let keys = (0..<Bounds.errorsMax + 7).map { "zz\($0): 1\n" }.joined()
        let lines = Sample.reportWith(keys).split(separator: "\n")
        #expect(lines.count == Bounds.errorsMax + 1)
        #expect(lines.last == " 7 more errors are not shown; correct these first")
    }
}
