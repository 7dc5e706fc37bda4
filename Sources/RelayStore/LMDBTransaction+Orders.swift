// What operators have ordered about peers: a row for each peer under an order.

import LMDB
import RelayCore
import RelayWire

extension LMDBTransaction {
    func put(_ order: PeerOrder?, on peer: RelayCode) throws(LMDBError) {
        let key = Bytes(peer.text.utf8)
        guard let order else {
            try removeIfPresent(key, from: databases.orders)
            return
        }
        let record: Bytes
        do throws(MessageFault) {
            record = try Records.encode(order)
        } catch {
            throw LMDBError(unwritable: "order on \(peer)", error)
        }
        try put(key, record, in: databases.orders)
    }

    func orders() throws(LMDBError) -> [RelayCode: PeerOrder] {
        let database = databases.orders
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: database) { (cursor) throws(LMDBError) in
                var orders: [RelayCode: PeerOrder] = [:]
                while try cursor.next() {
                    let key = cursor.key ?? []
                    guard let peer = RelayCode(String(decoding: key, as: UTF8.self)),
                        let value = cursor.value
                    else { throw LMDBError(corrupt: database, key, "no peer") }
                    do throws(MessageFault) {
                        orders[peer] = try Records.peerOrder(value)
                    } catch {
                        throw LMDBError(corrupt: database, key, error.description)
                    }
                }
                return orders
            }
        }
    }
}
