// Walks the package's own files, for the tests beside it.

import Foundation
import Testing

/// One Swift file of the package.
struct SourceFile: Sendable {
    /// From the package's root, e.g. `Sources/RelayCore/Node.swift`.
    let path: String
    let lines: [String]

    /// The second part of the path: the target.
    var target: String { String(path.split(separator: "/")[1]) }
    var isGenerated: Bool { path.hasSuffix(".pb.swift") }
    var isTest: Bool { path.hasPrefix("Tests/") }

    /// The modules it imports, however the line is written.
    var imports: [String] {
        lines.compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let place = words.firstIndex(of: "import"), place < words.count - 1,
                words[..<place].allSatisfy(Self.importModifiers.contains)
            else { return nil }
            let kinds = ["struct", "class", "enum", "protocol", "func", "typealias", "var", "let"]
            let name = kinds.contains(words[place + 1]) ? words[place + 2] : words[place + 1]
            return String(name.prefix { $0 != "." })
        }
    }

    private static let importModifiers: Set<String> = [
        "package", "internal", "public", "private", "fileprivate", "@testable", "@preconcurrency",
        "@_exported", "@_implementationOnly",
    ]
}

enum PackageFiles {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// All Swift files below `Sources` and `Tests`, in order of their paths.
    static func swift() throws -> [SourceFile] {
        try ["Sources", "Tests"].flatMap { try files(below: $0, ending: ".swift") }
            .map { SourceFile(path: $0, lines: try text(of: $0).components(separatedBy: "\n")) }
    }

    static func files(below folder: String, ending: String) throws -> [String] {
        let top = root.appending(path: folder)
        let walk = try #require(FileManager.default.enumerator(atPath: top.path))
        return walk.compactMap { $0 as? String }
            .filter { $0.hasSuffix(ending) }.map { folder + "/" + $0 }.sorted()
    }

    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
