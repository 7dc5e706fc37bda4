// Who waits for the engine's word, and how it reaches them.
//
// An application's request posts an event with a number and waits; the reply comes after the
// commit, with the same number. Pieces of an upload are waited for in the same way.

import NIOCore
import RelayCore
import RelayEngine
import Synchronization

final class Callers: Sendable {
    private struct State {
        var next: UInt64 = 1
        var waiting: [CallerID: CheckedContinuation<Reply, Never>] = [:]
        var pieces: [PieceName: CheckedContinuation<Storing, Never>] = [:]
        var isOver = false
    }

    /// What became of a piece.
    enum Storing {
        case durable
        /// There is no room for it.
        case refused
        /// The engine has stopped.
        case stopped
    }

    private struct PieceName: Hashable {
        let upload: UploadID
        let offset: UInt64
    }

    private let state = Mutex(State())

    /// Posts an input that names a caller, and waits for the reply; `.failed` when the engine has
    /// stopped or stops before it answers.
    func reply(
        _ post: @Sendable (CallerID) -> Bool
    ) async -> Reply {
        await withCheckedContinuation { continuation in
            let caller: CallerID? = state.withLock { state in
                guard !state.isOver else { return nil }
                let caller = CallerID(state.next)
                state.next += 1
                state.waiting[caller] = continuation
                return caller
            }
            guard let caller else { return continuation.resume(returning: .failed) }
            if !post(caller) { answer(caller, .failed) }
        }
    }

    /// Posts `count` inputs, each with a caller of its own, and waits for all replies, in order.
    func replies(
        to count: Int, _ post: @escaping @Sendable (Int, CallerID) -> Bool
    ) async -> [Reply] {
        await withTaskGroup(of: (Int, Reply).self) { tasks in
            for number in 0..<count {
                tasks.addTask { (number, await self.reply { post(number, $0) }) }
            }
            var replies = [Reply](repeating: .failed, count: count)
            for await (number, reply) in tasks { replies[number] = reply }
            return replies
        }
    }

    /// Posts a piece and waits until it is durable, or never will be.
    func store(_ piece: Piece, on engine: Engine) async -> Storing {
        await withCheckedContinuation { continuation in
            let name = PieceName(upload: piece.upload, offset: piece.offset)
            let isOver = state.withLock { state in
                if !state.isOver { state.pieces[name] = continuation }
                return state.isOver
            }
            if isOver { return continuation.resume(returning: .stopped) }
            if !engine.post(.piece(piece)) { settle(piece, .stopped) }
        }
    }

    func answer(_ caller: CallerID, _ reply: Reply) {
        state.withLock { $0.waiting.removeValue(forKey: caller) }?.resume(returning: reply)
    }

    /// False when nobody here waits for it: then it came from a peer.
    @discardableResult
    func settle(_ piece: Piece, _ storing: Storing) -> Bool {
        let name = PieceName(upload: piece.upload, offset: piece.offset)
        guard let waiting = state.withLock({ $0.pieces.removeValue(forKey: name) })
        else { return false }
        waiting.resume(returning: storing)
        return true
    }

    /// The engine will answer nobody any more.
    func end() {
        let (callers, pieces) = state.withLock { state in
            state.isOver = true
            defer {
                state.waiting = [:]
                state.pieces = [:]
            }
            return (Array(state.waiting.values), Array(state.pieces.values))
        }
        for caller in callers { caller.resume(returning: .failed) }
        for piece in pieces { piece.resume(returning: .stopped) }
    }
}
