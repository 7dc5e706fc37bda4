// Bad input gets a clear answer, and nothing of it is stored.

import OpenSSL
import RelayAPI
import RelayCore
import RelayFleet
import Testing

@Suite struct BadInputTests {
    /// A relay that takes documents up to 1 MiB.
    private func withRelay(_ work: (Daemon) async throws -> Void) async throws {
        try await withBench { bench in
            var setup = Setup()
            setup.documentSize = "1 MiB"
            let relay = try bench.relay("H99.1", setup)
            try await relay.start()
            try await work(relay)
            #expect(try await relay.client.counts().accepted == 0)
            #expect(relay.terminate() == 0)
            let state = try StoredState(of: relay)
            #expect(!state.hasUploads && state.bodyBytes == 0)
            #expect(state.isSound, "\(state.discrepancies)")
        }
    }

    @Test("documents that say too little or the wrong thing are refused")
    func documents() async throws {
        try await withRelay { relay in
            let table: [(String, Letter, Problem.Kind, Bool)] = [
                (
                    "not well-formed",
                    Letter().replacing("</edXML:From>", "</edXML:Form>"), .malformedDocument, true
                ),
                ("cut in the middle", half(of: Letter()), .malformedDocument, true),
                ("no XML at all", Letter(bytes: Array("%PDF-1.4".utf8)), .malformedDocument, false),
                ("nothing", Letter(bytes: []), .malformedDocument, false),
                ("no recipient", Letter(to: []), .missingRecipient, false),
                ("recipient without a code", Letter(to: ["Sở Nội vụ"]), .missingRecipient, false),
                ("no sender", Letter(from: ""), .missingSender, false),
                ("a sender that is not served here", Letter(from: "H77.7"), .forbidden, false),
                ("an attachment without its data", Letter(text: ""), .malformedDocument, false),
            ]
            for (name, letter, kind, hasLine) in table {
                let problem = try await refusal { try await letter.submit(to: relay) }
                #expect(problem.kind == kind, "\(name): \(problem)")
                #expect(!problem.detail.isEmpty)
                if hasLine { #expect(problem.line != nil, "\(name): no line") }
            }
        }
    }

    private func half(of letter: Letter) -> Letter {
        Letter(bytes: Array(letter.bytes.prefix(letter.bytes.count / 2)))
    }

    @Test("what the request says must be what comes")
    func requests() async throws {
        try await withRelay { relay in
            let file = try PlainFile(1, size: 300_000)
            let other = SHA256Digest(of: [1])
            var problem = try await refusal {
                try await file.submit(to: relay) { $0.sha256 = other }
            }
            #expect(problem.kind == .digestMismatch && problem.status == 422)

            // The same for one that was cut into pieces on its way into the store.
            problem = try await self.problem(of: PlainFile(2, size: 900_000), to: relay) {
                $0.sha256 = other
            }
            #expect(problem.kind == .digestMismatch)

            // Too large, with an announced length and without one.
            let large = try PlainFile(3, size: 1_100_000)
            for size in [Int64(large.bytes.count), nil] {
                problem = try await self.problem(of: large, to: relay) { $0.size = size }
                #expect(problem.kind == .tooLarge && problem.status == 413)
                #expect(problem.limit == 1 << 20)
            }
            problem = try await self.problem(of: file, to: relay) { $0.recipients = [] }
            #expect(problem.kind == .missingRecipient)
            let letter = Letter()
            problem = try await refusal {
                try await letter.submit(to: relay) { $0.kind = .status }
            }
            #expect(problem.kind == .invalidMetadata && problem.field == HeaderName.kind)
            problem = try await refusal {
                try await letter.submit(to: relay) { $0.businessType = 1 }
            }
            #expect(problem.kind == .invalidMetadata && problem.field == HeaderName.businessType)
        }
    }

    private func problem(
        of file: PlainFile, to relay: Daemon, _ change: (inout SubmitRequest) -> Void
    ) async throws -> Problem {
        try await refusal { try await file.submit(to: relay, change) }
    }

    @Test("a length that is wrong, and an upload that is cut, leave nothing behind")
    func lengths() async throws {
        try await withRelay { relay in
            let file = try PlainFile(4, size: 700_000)
            let headers = ["Content-Type: application/pdf", "Tram-To: H88.2"]
            let digest = "Tram-SHA256: \(SHA256Digest(of: file.bytes))"
            // Shorter than what comes: the rest is no part of the document. It is so little that it
            // is sent with what comes before it, for the relay may close once it has answered.
            let short = try await Raw.send(
                to: relay, headers: headers + [digest, "Content-Length: 699990"], body: file.bytes)
            #expect(short.status == 422 && short.text.contains("digest-mismatch"))
            // Longer than what comes.
            _ = try await Raw.send(
                to: relay, headers: headers + ["Content-Length: 800000"], body: file.bytes,
                cuts: true)
            _ = try await Raw.send(
                to: relay, headers: headers + ["Transfer-Encoding: chunked"],
                body: Array("fffff\r\n".utf8) + file.bytes, cuts: true)
            for length in ["ten", "-1", "5\r\nContent-Length: 6"] {
                let answer = try await Raw.send(
                    to: relay, headers: headers + ["Content-Length: \(length)"],
                    body: Array("hello".utf8))
                #expect(answer.status == 400, "\(length): \(answer.text)")
            }
        }
    }
}
