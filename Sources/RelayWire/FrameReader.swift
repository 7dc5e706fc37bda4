// Bytes into frames, a little at a time.
//
// Guarantees: every byte is looked at once and copied once, wherever the stream is cut; no more is
// held than one frame; a frame longer than its type allows is refused at its head, before room is
// made for it.

struct FrameReader: Sendable {
    /// Length, type and fixed part of the frame that is arriving.
    private var head: [UInt8] = []
    /// The frame that is arriving, and whether its head is complete.
    private var frame = Frame(type: nil)
    private var isBegun = false
    private var messageMissing = 0
    private var bodyMissing = 0

    /// Length and type.
    private static let prefixBytes = 5

    /// Takes bytes from `input` until a frame is whole; nil when more bytes are needed.
    mutating func next(_ input: inout ArraySlice<UInt8>) throws(LinkFault) -> Frame? {
        if !isBegun {
            isBegun = try readHead(&input)
            guard isBegun else { return nil }
        }
        Self.move(&messageMissing, from: &input, to: &frame.message)
        Self.move(&bodyMissing, from: &input, to: &frame.body)
        guard messageMissing == 0, bodyMissing == 0 else { return nil }
        isBegun = false
        head.removeAll(keepingCapacity: true)
        let whole = frame
        frame = Frame(type: nil)
        return whole
    }

    private mutating func readHead(_ input: inout ArraySlice<UInt8>) throws(LinkFault) -> Bool {
        guard fillHead(to: Self.prefixBytes, from: &input) else { return false }
        // The type counts into the length, so a frame has one byte at least.
        let count = Int(number(at: 0, bytes: 4)) - 1
        let type = FrameType(rawValue: head[4])
        let bytesMax = try bytesMax(of: type, number: head[4])
        guard count + 1 <= bytesMax else { throw .frameTooLong(type: head[4], bytes: count + 1) }
        let fixed = type?.fixedBytes ?? 0
        guard count >= fixed else { throw .frameTooShort(type: head[4], bytes: count + 1) }
        guard fillHead(to: Self.prefixBytes + fixed, from: &input) else { return false }
        frame.type = type
        let rest = count - fixed
        switch type {
        case .data:
            frame.transfer = number(at: 5, bytes: 8)
            frame.offset = number(at: 13, bytes: 8)
            (messageMissing, bodyMissing) = (0, rest)
        case .offer:
            messageMissing = Int(number(at: 5, bytes: 4))
            bodyMissing = rest - messageMissing
            guard bodyMissing >= 0 else { throw .frameTooShort(type: head[4], bytes: count + 1) }
        default:
            (messageMissing, bodyMissing) = (rest, 0)
        }
        frame.message.reserveCapacity(messageMissing)
        frame.body.reserveCapacity(bodyMissing)
        return true
    }

    /// The number that stands there in the head, most significant byte first.
    private func number(at place: Int, bytes count: Int) -> UInt64 {
        var number: UInt64 = 0
        for byte in place..<place + count { number = number << 8 | UInt64(head[byte]) }
        return number
    }

    private func bytesMax(of type: FrameType?, number: UInt8) throws(LinkFault) -> Int {
        if let type { return type.bytesMax }
        guard FrameType.extensions.contains(number) else { throw .unknownFrame(type: number) }
        return WireLimits.extensionBytesMax
    }

    private mutating func fillHead(to count: Int, from input: inout ArraySlice<UInt8>) -> Bool {
        let part = input.prefix(max(0, count - head.count))
        head += part
        input = input[part.endIndex...]
        return head.count >= count
    }

    private static func move(
        _ missing: inout Int, from input: inout ArraySlice<UInt8>, to bytes: inout [UInt8]
    ) {
        let part = input.prefix(missing)
        guard !part.isEmpty else { return }
        bytes += part
        missing -= part.count
        input = input[part.endIndex...]
    }
}
