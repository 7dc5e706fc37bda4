// The words of `document why` in both languages: one sentence for each code, and the labels.
//
// Every switch is over all codes, so a code without words in either language does not compile; a
// test holds that no two codes of a kind read alike.

import RelayAPI
import RelayCore

struct WhyWords {
    let language: Language

    private func say(_ vi: String, _ en: String) -> String { language == .vi ? vi : en }

    enum Label: CaseIterable {
        case document, name, sender, priority, to, state, since, why, mustAct, lastError, nextTry
        case due, expires, tries, detour, way, itsState, remark
    }

    subscript(label: Label) -> String {
        switch label {
        case .document: say("Văn bản", "Document")
        case .name: say("Số hiệu", "Name")
        case .sender: say("Nơi gửi", "Sender")
        case .priority: say("Độ khẩn", "Priority")
        case .to: say("Nơi nhận", "To")
        case .state: say("Trạng thái", "State")
        case .since: say("từ", "since")
        case .why: say("Lý do", "Why")
        case .mustAct: say("Ai phải làm", "Must act")
        case .lastError: say("Lỗi gần nhất", "Last error")
        case .nextTry: say("Thử lại lúc", "Next try")
        case .due: say("Hạn gửi", "Due")
        case .expires: say("Hết hiệu lực", "Expires")
        case .tries: say("Số lần thử", "Tries")
        case .detour: say("Chỉ định tuyến", "Detour")
        case .way: say("ĐƯỜNG ĐI", "WAY")
        case .itsState: say("TÌNH TRẠNG", "STATE")
        case .remark: say("GHI CHÚ", "REMARK")
        }
    }

    func state(_ state: DeliveryStatus) -> String {
        switch state {
        case .incoming: say("đang tiếp nhận", "incoming")
        case .queued: say("đang chờ gửi", "queued")
        case .attempting: say("đang gửi", "being handed over")
        case .held: say("tạm giữ", "held")
        case .relayed: say("đã chuyển tiếp", "relayed")
        case .delivered: say("đã đến nơi nhận", "delivered")
        case .collected: say("nơi nhận đã lấy", "collected")
        case .failed: say("không gửi được", "failed")
        case .cancelled: say("đã hủy", "cancelled")
        }
    }

    func why(_ one: WhyRecipient) -> String {
        let hop = one.nextHop?.text ?? "?"
        let holder = one.custodian?.text ?? "?"
        let order = [one.by, one.reason].compactMap { $0 }.joined(separator: ": ")
        return switch one.why {
        case .next: say("sẽ gửi ngay qua \(hop)", "goes to \(hop) next")
        case .handingOver: say("đang truyền đến \(hop)", "is on the wire to \(hop)")
        case .noLink:
            say("chưa có kết nối nào đến trạm kế tiếp", "no next hop can be reached now")
        case .allPaused:
            say("mọi đường đi đang bị tạm dừng theo lệnh", "every way is paused by an order")
        case .noRoute:
            say("chưa cấu hình đường đi đến nơi nhận", "no route to the recipient is configured")
        case .noWay:
            say(
                "mọi trạm kế tiếp đã từ chối hoặc đã đi qua",
                "every next hop has refused it or has been passed")
        case .refused:
            say("các trạm kế tiếp đã từ chối; sẽ hỏi lại", "refused; all hops are asked again")
        case .putOff:
            say("trạm kế tiếp đề nghị gửi lại sau", "the next hop asked to be offered it later")
        case .held: say("bị giữ theo lệnh của \(order)", "held by \(order)")
        case .receipt:
            say(
                "\(holder) đã nhận; đang chờ biên nhận của nơi nhận",
                "\(holder) has it; the recipient's receipt is awaited")
        case .passedOn:
            say(
                "\(holder) đã nhận; trạm này đã xong phần mình",
                "\(holder) has it; this relay has done its part")
        case .inInbox:
            say(
                "đang ở hộp thư đến, chờ phần mềm lấy về",
                "in the inbox here, waits for its application")
        case .delivered:
            say(
                "đã đến trạm nơi nhận, biên nhận đã kiểm tra",
                "at the recipient's relay, receipt verified")
        case .collected:
            say("phần mềm nơi nhận đã lấy văn bản", "the recipient's application has taken it")
        case .expired:
            say("hết hiệu lực mà chưa có biên nhận", "its lifetime ended without a receipt")
        case .ordered: say("chấm dứt theo lệnh của \(order)", "given up by order of \(order)")
        case .unverifiable:
            say("biên nhận đến không kiểm tra được", "a receipt came that proves nothing")
        case .cancelled: say("hủy theo lệnh của \(order)", "cancelled by \(order)")
        case .stopping: say("trạm đang dừng", "the relay is stopping")
        }
    }

    func act(_ one: WhyRecipient, _ view: WhyView) -> String {
        let peer = one.actor?.text ?? "?"
        return switch one.act {
        case .nobody: say("không ai, chỉ cần chờ", "nobody: wait")
        case .sender:
            say(
                "nơi gửi \(view.sender): xem lại và gửi lại nếu cần",
                "the sender, \(view.sender): look at it, and send it again if it is still wanted")
        case .administrator:
            say(
                "quản trị trạm này (\(view.relay))",
                "the administrator of this relay (\(view.relay))")
        case .peerAdministrator:
            say("quản trị trạm \(peer)", "the administrator of \(peer)")
        case .recipient:
            say(
                "nơi nhận \(one.recipient): phần mềm phải lấy văn bản về",
                "the recipient, \(one.recipient): its application has to take it")
        }
    }

    func mishap(_ mishap: Mishap, _ moment: (Instant) -> String) -> String {
        var text = words(mishap.code)
        if let detail = mishap.detail { text += ": \(detail)" }
        if let peer = mishap.peer { text += say(", tại \(peer)", ", at \(peer)") }
        if let at = mishap.at { text += ", \(moment(at))" }
        return text
    }

    func words(_ code: MishapCode) -> String {
        switch code {
        case .loop: say("văn bản đã đi qua trạm đó", "it has passed that relay before")
        case .tooManyHops: say("đi qua quá nhiều trạm", "it has passed too many relays")
        case .senderNotPermitted:
            say(
                "trạm này không được gửi thay nơi gửi đó",
                "this relay may not hand over documents of that sender")
        case .tooLarge: say("văn bản quá lớn", "larger than that relay takes")
        case .expired: say("văn bản đã hết hiệu lực", "its lifetime has ended")
        case .conflict:
            say("mã văn bản trùng nhưng nội dung khác", "that relay has the id with other contents")
        case .digestMismatch:
            say("dữ liệu đến không khớp mã băm", "the bytes that arrived did not match the digest")
        case .malformed: say("đề nghị gửi sai quy cách", "that relay found the offer malformed")
        case .noRoute:
            say("trạm đó không có đường đến nơi nhận", "that relay has no route to the recipient")
        case .noRoom: say("trạm kế tiếp hết chỗ", "the next hop had no room")
        case .linkLost:
            say("mất kết nối trước khi có trả lời", "the link was lost before an answer")
        case .restarted: say("trạm này khởi động lại", "this relay was restarted")
        case .receiptLate: say("biên nhận không về đúng hạn", "no receipt came in time")
        case .receiptRejected: say("biên nhận không hợp lệ", "a receipt proved nothing")
        case .link: say("kết nối lỗi", "the link failed")
        case .other: say("lỗi khác", "something else")
        }
    }

    func hop(_ code: HopCode) -> String {
        switch code {
        case .chosen: say("đang dùng", "in use")
        case .ready: say("sẵn sàng", "ready")
        case .busy: say("đang bận", "busy")
        case .connecting: say("đang kết nối", "connecting")
        case .down: say("mất kết nối", "down")
        case .awaited: say("chờ trạm đó gọi đến", "awaited: it dials us")
        case .paused: say("tạm dừng theo lệnh", "paused by order")
        case .drained: say("ngừng phục vụ theo lệnh", "drained by order")
        case .refused: say("đã từ chối", "refused it")
        case .onPath: say("đã đi qua", "passed already")
        case .unknown: say("không còn cấu hình", "no longer configured")
        }
    }

    func tries(_ one: WhyRecipient) -> String {
        say("\(one.attempts), lượt \(one.round)", "\(one.attempts), round \(one.round)")
    }

    func detour(_ text: String) -> String {
        let hop = text.dropFirst()
        return text.hasPrefix("+")
            ? say("ưu tiên \(hop)", "\(hop) first") : say("tránh \(hop)", "\(hop) last")
    }

    func distance(_ at: Instant, from now: Instant) -> String {
        let interval = at - now
        let span = span(Interval(milliseconds: abs(interval.milliseconds)))
        return interval.milliseconds < 0
            ? say("\(span) trước", "\(span) ago") : say("còn \(span)", "in \(span)")
    }

    private func span(_ interval: Interval) -> String {
        guard language == .vi else { return Amount.span(interval) }
        let units = ["s": "giây", "min": "phút", "h": "giờ", "d": "ngày"]
        return Amount.span(interval).split(separator: " ").map { units[String($0)] ?? String($0) }
            .joined(separator: " ")
    }
}
