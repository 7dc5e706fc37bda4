// What both ends agree on: texts, paths, queries, header fields and JSON.

import FoundationEssentials
import NIOCore
import RelayCore
import Testing

@testable import RelayAPI

@Suite("The contract of the API")
struct ContractTests {
    @Test("percent-encoding comes back as itself, and broken escapes are refused")
    func percentCoding() {
        for text in ["", "a-b_c.d~e", "Công văn số 12/CV-UBND", "100%", "a+b c", "😀\u{0}"] {
            #expect(PercentCoding.decode(PercentCoding.encode(text)) == text)
        }
        #expect(PercentCoding.encode("Số 1") == "S%E1%BB%91%201")
        for text in ["%", "%1", "%zz", "%FF", "%C3", "%ED%A0%80"] {
            #expect(PercentCoding.decode(text) == nil, "\(text)")
        }
    }

    @Test("every endpoint's path is read as that endpoint")
    func endpoints() throws {
        let id = DocumentID(at: Instant(milliseconds: 1), dice: 5, salt: 6)
        let all: [Endpoint] = [
            .documents, .document(id), .documentWhy(id), .receipt(id, .received),
            .receipt(id, .collected), .queue, .queueShape, .queueForecast, .queueOrders, .inbox,
            .inboxBody(id), .inboxCollect(id), .peers, .peerOrders(relay("HUB-1")), .routes,
            .routesTrace, .health, .counts, .audit, .auditCheck, .auditCompare, .events,
            .metrics, .config, .configReload, .drills, .drillPlan, .drillStart, .drillAbort,
            .drill(DrillID(id)), .drillReport(DrillID(id)),
        ]
        for endpoint in all { #expect(try Endpoint(path: endpoint.path) == endpoint) }
        let manual = try APIManual.text()
        for endpoint in all {
            let path = endpoint.path.replacing("\(id)", with: "{id}")
                .replacing("/HUB-1", with: "/{peer}")
                .replacing("/received", with: "/{kind}").replacing("/collected", with: "/{kind}")
            #expect(manual.contains("`\(endpoint.method) \(path)`"), "\(path) is not described")
            for parameter in endpoint.parameters {
                #expect(manual.contains("`\(parameter)`"), "\(parameter) is not described")
            }
        }
    }

    @Test("every kind of problem is described, with its status")
    func problemsAreDescribed() throws {
        let manual = try APIManual.text()
        for kind in Problem.Kind.allCases {
            #expect(manual.contains("| `\(kind.rawValue)` | \(kind.status) |"), "\(kind)")
            #expect((400...599).contains(kind.status))
        }
    }

    @Test("queries come back as themselves, and strictly")
    func queries() throws(Problem) {
        var query = Query()
        query["destination"] = "H26.1"
        query["after"] = "a~b"
        #expect(query.text == "?after=a~b&destination=H26.1")
        #expect(try Query(parsing: String(query.text.dropFirst()), for: .queue) == query)
        #expect(try Query(parsing: nil, for: .queue) == Query())
        for text in ["destination=%zz", "x=1", "state=a&state=b", "=1"] {
            #expect(throws: Problem.self) { try Query(parsing: text, for: .queue) }
        }
    }

    @Test("a submission's header fields come back as the same submission")
    func submitRoundTrip() throws {
        var request = SubmitRequest(mediaType: "application/vnd.tram.edxml+xml; charset=utf-8")
        #expect(try SubmitRequest(headers: request.headers) == request)
        #expect(request.isEdXML)
        request.idempotencyKey = "k~1"
        request.sender = OrganisationCode("000.00.00.H26")
        request.recipients = ["H26.1", "H26.1.2"].compactMap(OrganisationCode.init)
        request.documentId = "000.00.00.H26,2026/03/02,12/QĐ-UBND"
        request.priority = 4
        request.kind = .status
        request.businessType = 3
        request.fileName = "Quyết định (số 5).pdf"
        request.again = true
        request.sha256 = SHA256Digest(bytes: [UInt8](repeating: 1, count: 32))
        request.size = 12_345_678_901
        #expect(try SubmitRequest(headers: request.headers) == request)
    }

    @Test("a thousand recipients fit, one more does not")
    func recipientsMax() throws {
        var request = SubmitRequest(mediaType: "application/pdf")
        request.recipients = (0..<1_000).compactMap { OrganisationCode("H26.\($0)") }
        #expect(try SubmitRequest(headers: request.headers).recipients.count == 1_000)
        request.recipients += [try #require(OrganisationCode("H27"))]
        #expect(throws: Problem.self) { try SubmitRequest(headers: request.headers) }
    }

    @Test("a problem comes back from JSON, and one of another vendor is refused")
    func problems() throws {
        for kind in Problem.Kind.allCases {
            var problem = Problem(kind, field: "f", "Chi tiết.")
            problem.line = 3
            problem.column = 4
            problem.earlier = DocumentID(high: 1, low: 2)
            problem.limit = 5
            problem.oldest = 6
            let data = try APICoding.encode(problem)
            #expect(try APICoding.decode(Problem.self, from: data) == problem)
        }
        let other = Data(#"{"type":"about:blank","detail":"x"}"#.utf8)
        #expect(throws: DecodingError.self) { try APICoding.decode(Problem.self, from: other) }
    }

    @Test("the keys of an event are those that are described")
    func eventKeys() throws {
        let list = EventList(events: [ContractFixtures.event], next: 8, oldest: 100, last: 50)
        let json = String(decoding: try APICoding.encode(list), as: UTF8.self)
        #expect(json == ContractFixtures.eventsJSON)
        #expect(try APICoding.decode(EventList.self, from: Data(json.utf8)) == list)
        let manual = try APIManual.text()
        for name in json.matches(of: /"([a-zA-Z0-9]+)":/).map(\.1) {
            #expect(manual.contains("`\(name)`"), "\(name) is not described")
        }
    }

    @Test("the keys of the JSON are those that are described")
    func keys() throws {
        let json = String(decoding: try APICoding.encode(Self.view), as: UTF8.self)
        #expect(json == Self.viewJSON)
        #expect(try APICoding.decode(DocumentView.self, from: Data(json.utf8)) == Self.view)
        let manual = try APIManual.text()
        for name in json.matches(of: /"([a-zA-Z0-9]+)":/).map(\.1) {
            #expect(manual.contains("`\(name)`"), "\(name) is not described")
        }
    }

    @Test("ages fall into the columns of the shape")
    func shape() {
        let columns: [(Int64, Int)] = [
            (-5, 0), (0, 0), (59, 0), (60, 1), (299, 1), (900, 3), (3_599, 3), (14_400, 5),
            (604_799, 6), (604_800, 7), (9_999_999, 7),
        ]
        for (seconds, column) in columns {
            #expect(QueueShape.column(age: .seconds(seconds)) == column)
        }
    }

    @Test("counts balance only when every document is in one state")
    func conservation() {
        var counts = CountsView(accepted: 36)
        counts.queued = 1
        counts.attempting = 2
        counts.held = 3
        counts.relayed = 4
        counts.delivered = 5
        counts.collected = 6
        counts.failed = 7
        counts.cancelled = 8
        #expect(counts.balances)
        counts.failed -= 1
        #expect(!counts.balances)
    }

    @Test("a name for a file cannot leave its folder, hide, or break the field")
    func disposition() {
        #expect(
            Disposition.attachment("Công văn.pdf")
                == "attachment; filename=\"C_ng_v_n.pdf\"; "
                + "filename*=UTF-8''C%C3%B4ng%20v%C4%83n.pdf"
        )
        #expect(Disposition.safeName("../../etc/passwd") == "passwd")
        #expect(Disposition.safeName("..\\..\\x.exe") == "x.exe")
        #expect(Disposition.safeName(".bashrc") == "bashrc")
        #expect(Disposition.safeName("a\"\r\nX: y") == "a\"X: y")
        #expect(Disposition.safeName("a\u{202E}fdp.exe") == "afdp.exe")
        for name in ["", "/", "..", "..."] { #expect(Disposition.safeName(name) == "document") }
        #expect(!Disposition.attachment("a\"b").contains("a\"b"))
    }
}
