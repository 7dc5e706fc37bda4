// The words of reports, Vietnamese first and English beside it: a page is filed once, and read by
// both.

/// One text in two languages.
struct Words: Sendable {
    let vi: String
    let en: String

    init(_ vi: String, _ en: String) {
        self.vi = vi
        self.en = en
    }

    static func verdict(_ verdict: DrillReport.Verdict) -> Words {
        switch verdict {
        case .passed: Words("Đạt", "Passed")
        case .failed: Words("Không đạt", "Failed")
        case .aborted: Words("Dừng giữa chừng", "Aborted")
        }
    }

    static func end(_ end: DrillReport.End) -> Words {
        switch end {
        case .completed: Words("đã đo xong", "everything was measured")
        case .leaseEnded: Words("hết thời hạn", "the lease ended")
        case .aborted: Words("bị dừng", "it was aborted")
        case .restarted: Words("relay khởi động lại", "ended by a restart")
        }
    }

    static func objective(_ name: DrillReport.Objective.Name) -> Words {
        switch name {
        case .detect: Words("Phát hiện", "Detect")
        case .reroute: Words("Chuyển tuyến", "Re-route")
        case .drain: Words("Giải tỏa", "Drain")
        case .giveBack: Words("Trở về", "Return")
        case .lost: Words("Mất", "Lost")
        case .duplicates: Words("Trùng", "Duplicates")
        }
    }

    static func meaning(_ name: DrillReport.Objective.Name) -> Words {
        switch name {
        case .detect: Words("từ khi có sự cố đến khi biết đứt", "fault to link known dead")
        case .reroute: Words("đến văn bản đầu tiên đi đường khác", "to the first by another way")
        case .drain: Words("đến khi hết văn bản đang chờ lúc đó", "to all that waited then")
        case .giveBack:
            Words("từ hết sự cố đến khi về đường chính", "lifted to preferred way again")
        case .lost: Words("văn bản không đến nơi", "deliveries that arrived nowhere")
        case .duplicates: Words("văn bản đến hai lần", "deliveries that arrived twice")
        }
    }

    static func result(_ result: DrillReport.Objective.Result) -> Words {
        switch result {
        case .met: Words("đạt", "met")
        case .missed: Words("không đạt", "missed")
        case .notApplicable: Words("không áp dụng", "not applicable")
        case .notMeasured: Words("chưa đo được", "not measured")
        }
    }

    static func moment(_ what: String) -> Words {
        switch what {
        case "started": Words("Bắt đầu", "Started")
        case "fault-begun": Words("Sự cố bắt đầu", "Fault begun")
        case "detected": Words("Phát hiện", "Detected")
        case "rerouted": Words("Chuyển tuyến", "Re-routed")
        case "drained": Words("Giải tỏa xong", "Drained")
        case "fault-lifted": Words("Hết sự cố", "Fault lifted")
        case "returned": Words("Về đường chính", "Returned")
        case "tests-sent": Words("Gửi hết văn bản thử", "Test documents sent")
        case "proven": Words("Đủ biên nhận", "All receipts here")
        case "aborted": Words("Dừng", "Aborted")
        case "lease-ended": Words("Hết thời hạn", "Lease ended")
        case "restarted": Words("Relay khởi động lại", "Relay restarted")
        case "ended": Words("Kết thúc", "Ended")
        default: Words(what, what)
        }
    }
}

/// Lengths of time as people read them.
enum Length {
    /// `350 ms`, `4.2 s`, `2 min 05 s`, `1 h 30 min`.
    static func text(_ milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<1_000: return "\(milliseconds) ms"
        case ..<60_000:
            let tenths = milliseconds / 100
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        case ..<3_600_000:
            let seconds = milliseconds / 1_000 % 60
            let minutes = "\(milliseconds / 60_000) min"
            return seconds == 0 ? minutes : "\(minutes) \(padded(seconds)) s"
        default:
            let minutes = milliseconds / 60_000 % 60
            let hours = "\(milliseconds / 3_600_000) h"
            return minutes == 0 ? hours : "\(hours) \(padded(minutes)) min"
        }
    }

    /// `+0:04.2`, since the start.
    static func elapsed(_ milliseconds: Int64) -> String {
        let tenths = milliseconds / 100
        return "+\(tenths / 600):\(padded(tenths / 10 % 60)).\(tenths % 10)"
    }

    private static func padded(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
