// The house style, as far as a machine can hold it.

import Foundation
import Testing

@Suite("house style") struct StyleTests {
    /// Our own files: what a generator wrote is nobody's style.
    private let files: [SourceFile]

    init() throws {
        files = try PackageFiles.swift().filter { !$0.isGenerated }
    }

    @Test("files are short: none over 500 lines, tests 800, nine in ten 300, half 150")
    func fileLength() {
        for file in files {
            let limit = file.isTest ? 800 : 500
            #expect(file.lines.count <= limit, "\(file.path) has \(file.lines.count) lines")
        }
        let lengths = files.filter { !$0.isTest }.map(\.lines.count).sorted()
        #expect(lengths[lengths.count * 9 / 10] <= 300, "one file in ten is longer than 300 lines")
        #expect(lengths[lengths.count / 2] <= 150, "half of the files are longer than 150 lines")
    }

    @Test("lines have at most 100 columns")
    func lineLength() {
        // Tests hold goldens and vectors as they are; swift-format bounds their code.
        for file in files where !file.isTest {
            // A text for people stands in one piece where breaking it would hide it from a search.
            for (number, line) in file.lines.enumerated()
            where line.count > 100 && !line.contains("\"") {
                Issue.record("\(file.path):\(number + 1) has \(line.count) columns")
            }
        }
    }

    @Test("every file begins with a comment that says what it is")
    func header() {
        for file in files {
            #expect(file.lines.first?.hasPrefix("//") == true, "\(file.path) has no header")
        }
    }

    @Test("functions have at most 60 lines, those of tests 80")
    func functionLength() {
        for file in files {
            for function in functions(in: file) {
                #expect(
                    function.length <= (file.isTest ? 80 : 60),
                    "\(file.path):\(function.line) \(function.length) lines")
            }
        }
    }

    @Test("nothing is left behind or forced")
    func bannedWords() {
        // Written apart, so that this file does not find itself.
        let everywhere = ["try" + "!", "FIX" + "ME", "TO" + "DO", "XX" + "X:", "as" + "! "]
        for file in files {
            for (number, line) in file.lines.enumerated() {
                for word in everywhere where line.contains(word) {
                    Issue.record("\(file.path):\(number + 1) has \(word)")
                }
            }
        }
    }

    @Test("only programs that people run print")
    func printing() {
        let programs: Set = ["relayctl", "relaysim", "relaydemo"]
        for file in files where !file.isTest && !programs.contains(file.target) {
            for (number, line) in file.lines.enumerated()
            where line.range(of: #"(^|[^.\w])print\("#, options: .regularExpression) != nil {
                Issue.record("\(file.path):\(number + 1) prints")
            }
        }
    }

    @Test("memory that the compiler does not watch is touched only where it must be")
    func unsafeCode() {
        let allowed = [
            "Sources/LMDB/", "Sources/OpenSSL/", "Sources/EdXML/",
            "Sources/RelayEngine/EngineThread.swift", "Sources/RelayEngine/SystemClock.swift",
        ]
        let words = [
            #"\bunsafe\b"#, "@unchecked", #"nonisolated\(unsafe\)"#, "withUnsafe", "Unmanaged",
        ]
        for file in files where !file.isTest && !allowed.contains(where: file.path.hasPrefix) {
            for (number, line) in file.lines.enumerated() where !line.isComment {
                for word in words
                where line.range(of: word, options: .regularExpression) != nil {
                    Issue.record("\(file.path):\(number + 1) has \(word)")
                }
            }
        }
    }

    @Test("only trust, and the simulator that has no keys, make a verified receipt")
    func verifiedReceipts() {
        let allowed: Set = ["RelayCore", "RelayTrust", "RelaySimulator"]
        for file in files where !file.isTest && !allowed.contains(file.target) {
            #expect(
                !file.lines.contains { $0.contains("Verified(checked:") },
                "\(file.path) makes a verified receipt")
        }
    }

    /// Functions and their lengths, by the indentation of their first and last lines.
    private func functions(in file: SourceFile) -> [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        for (number, line) in file.lines.enumerated()
        where line.declaresFunction && line.last != "}" {
            let indentation = line.prefix { $0 == " " }
            let rest = file.lines[(number + 1)...]
            guard let end = rest.firstIndex(where: { $0 == indentation + "}" }) else { continue }
            found.append((number + 1, end - number + 1))
        }
        return found
    }
}

extension String {
    fileprivate var declaresFunction: Bool {
        range(
            of: #"^ *((package|private|fileprivate|mutating|consuming|static|override|@\w+)\s+)*"#
                + #"(func |init[?(<])"#, options: .regularExpression) != nil
    }
}
