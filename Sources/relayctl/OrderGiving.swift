// An order given part by part until it is carried out, and the ids that it is about.

import RelayAPI
import RelayCore

struct OrderGiving {
    let client: RelayClient
    /// Nil when the filter says which.
    let ids: [DocumentID]?

    /// The answers of all parts as one.
    func give(_ order: QueueOrder) async throws -> OrderAnswer {
        guard let ids else { return try await parts(of: order, onto: nil) }
        var whole: OrderAnswer?
        var rest = ids[...]
        while !rest.isEmpty {
            var part = order
            part.ids = Array(rest.prefix(APILimits.orderIDsMax))
            rest = rest.dropFirst(APILimits.orderIDsMax)
            whole = try await parts(of: part, onto: whole)
        }
        guard let whole else { throw CommandFailure(.badInput, "there are no ids") }
        return whole
    }

    private func parts(
        of order: QueueOrder, onto former: OrderAnswer?
    ) async throws -> OrderAnswer {
        var order = order
        var whole = former
        repeat {
            let answer = try await client.order(order)
            order.after = answer.next
            order.asOf = answer.asOf
            whole?.merge(answer)
            whole = whole ?? answer
            whole?.next = answer.next
            guard answer.next != nil else { break }
        } while true
        guard let whole else { preconditionFailure("an order has one part at least") }
        return whole
    }
}

enum OrderIDs {
    /// From standard input: the queues of the largest relays, and 16 MB here.
    private static let countMax = 1_000_000

    /// All of them, before anything is ordered: half a list would be half an order.
    static func read(_ words: [String], _ console: Console) throws -> [DocumentID] {
        guard words == ["-"] else { return try words.map(Read.id) }
        var ids: [DocumentID] = []
        var number = 0
        while let line = console.line() {
            number += 1
            guard let word = line.split(whereSeparator: \.isWhitespace).first,
                // The head of a listing that was piped in.
                number > 1 || word != "ID"
            else { continue }
            guard let id = DocumentID(String(word)) else {
                throw CommandFailure(
                    .badInput,
                    "line \(number) of standard input begins with no document id: \(word.prefix(80))",
                    hint: "nothing was changed")
            }
            guard ids.count < countMax else {
                throw CommandFailure(.badInput, "more than \(countMax) ids; use a filter")
            }
            ids.append(id)
        }
        guard !ids.isEmpty else {
            throw CommandFailure(.badInput, "there are no ids on standard input")
        }
        return ids
    }
}
