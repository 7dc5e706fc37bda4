// `document why`: one screen, in both languages.

import Foundation
import RelayAPI
import RelayCore
import Testing

@testable import relayctl

@Suite("Why a document is where it is")
struct WhyTests {
    private static let id = "\(StubRelay.id)"

    @Test("in English")
    func english() async throws {
        try await withBench { bench in
            let out = try await bench.run("document", "why", Self.id, "--language", "en").out
            #expect(
                out == """
                    Document  0190f3c5-6f1a-8abc-9def-0123456789ab
                    Name      12/QĐ-UBND
                    Sender    H26.1
                    Priority  2 thượng khẩn

                    To          H26.2
                    State       queued, since 1970-01-01 07:00:00 +07:00 (1 h ago)
                    Why         no next hop can be reached now
                    Must act    the administrator of HUB-1
                    Last error  the link was lost before an answer, at HUB-1, 1970-01-01 07:59:00 +07:00 (1 min ago)
                    Next try    1970-01-01 08:00:12 +07:00 (in 12 s)
                    Due         1970-01-01 09:00:00 +07:00 (in 1 h)
                    Expires     1970-01-02 07:00:00 +07:00 (in 23 h)
                    Tries       3, round 2
                    Detour      HUB-2 last
                      WAY    STATE            REMARK
                      HUB-1  down             connection refused
                      HUB-2  paused by order  an (uid 1000): bảo trì

                    """)
        }
    }

    @Test("in Vietnamese, with columns as wide as they are shown")
    func vietnamese() async throws {
        try await withBench { bench in
            let out = try await bench.run("document", "why", Self.id, "--language", "vi").out
            #expect(
                out == """
                    Văn bản  0190f3c5-6f1a-8abc-9def-0123456789ab
                    Số hiệu  12/QĐ-UBND
                    Nơi gửi  H26.1
                    Độ khẩn  2 thượng khẩn

                    Nơi nhận        H26.2
                    Trạng thái      đang chờ gửi, từ 1970-01-01 07:00:00 +07:00 (1 giờ trước)
                    Lý do           chưa có kết nối nào đến trạm kế tiếp
                    Ai phải làm     quản trị trạm HUB-1
                    Lỗi gần nhất    mất kết nối trước khi có trả lời, tại HUB-1, 1970-01-01 07:59:00 +07:00 (1 phút trước)
                    Thử lại lúc     1970-01-01 08:00:12 +07:00 (còn 12 giây)
                    Hạn gửi         1970-01-01 09:00:00 +07:00 (còn 1 giờ)
                    Hết hiệu lực    1970-01-02 07:00:00 +07:00 (còn 23 giờ)
                    Số lần thử      3, lượt 2
                    Chỉ định tuyến  tránh HUB-2
                      ĐƯỜNG ĐI  TÌNH TRẠNG          GHI CHÚ
                      HUB-1     mất kết nối         connection refused
                      HUB-2     tạm dừng theo lệnh  an (uid 1000): bảo trì

                    """)
            let lines = out.split(separator: "\n")
            #expect(lines.count < 24, "it fits one screen")
        }
    }

    @Test("JSON has the codes, and an unknown document is not found")
    func json() async throws {
        try await withBench { bench in
            let out = try await bench.run("document", "why", Self.id, json: true).out
            let view = try JSONDecoder().decode(WhyView.self, from: Data(out.utf8))
            #expect(view == Samples.why)
            #expect(out.contains(#""why" : "no-link""#))
            let absent = DocumentID(high: 7, low: 7)
            let missing = try await bench.run("document", "why", "\(absent)")
            #expect(missing.exit == .negative && missing.out.isEmpty)
        }
    }

    @Test("every code has words of its own in both languages", arguments: Language.allCases)
    func complete(language: Language) {
        let words = WhyWords(language: language)
        func distinct(_ texts: [String], _ what: String) {
            #expect(Set(texts).count == texts.count, "\(what) reads alike")
            #expect(texts.allSatisfy { !$0.isEmpty })
        }
        var one = Samples.why.recipients[0]
        one.nextHop = relay("HUB-3")
        one.custodian = relay("HUB-4")
        (one.by, one.reason) = ("an", "x")
        distinct(
            WhyCode.allCases.map { code in
                one.why = code
                return words.why(one)
            }, "why")
        distinct(
            ActCode.allCases.map { code in
                one.act = code
                return words.act(one, Samples.why)
            }, "act")
        distinct(MishapCode.allCases.map(words.words), "mishap")
        distinct(HopCode.allCases.map(words.hop), "hop")
        distinct(DeliveryStatus.allCases.map(words.state), "state")
        distinct(WhyWords.Label.allCases.map { words[$0] }, "label")
    }

    @Test("nothing of one language is left in the other")
    func translated() {
        let (vi, en) = (WhyWords(language: .vi), WhyWords(language: .en))
        for label in WhyWords.Label.allCases { #expect(vi[label] != en[label]) }
        for code in MishapCode.allCases { #expect(vi.words(code) != en.words(code)) }
        for code in HopCode.allCases { #expect(vi.hop(code) != en.hop(code)) }
        for state in DeliveryStatus.allCases { #expect(vi.state(state) != en.state(state)) }
    }

    @Test(
        "the language is the locale's, by the first variable that is set",
        arguments: [
            ([:], Language.en), (["LANG": "vi_VN.UTF-8"], .vi), (["LANG": "C.UTF-8"], .en),
            (["LANG": "vi_VN.UTF-8", "LC_ALL": "en_US.UTF-8"], .en),
            (["LANG": "en_US", "LC_MESSAGES": "vi"], .vi), (["LC_ALL": "", "LANG": "vi_VN"], .vi),
            (["LANG": "vie_VN"], .en),
        ] as [([String: String], Language)])
    func locale(environment: [String: String], language: Language) {
        #expect(Language.ofEnvironment(environment) == language)
    }
}
