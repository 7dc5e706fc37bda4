// Signing without keys: a table of who has signed which bytes stands for the signatures. The bytes
// are those that the production code signs.

import RelayCore
import RelayWire

struct Notary {
    private var signers: [[UInt8]: Set<RelayCode>] = [:]

    /// The receipt's bytes.
    mutating func sign(_ statement: Receipt.Statement) -> [UInt8] {
        let bytes = ReceiptStatement.encode(statement)
        signers[bytes, default: []].insert(statement.relay)
        return bytes
    }

    /// Nil when the relay that these bytes name has not signed them, or may not speak for
    /// whom it does.
    func verify(_ bytes: [UInt8], _ topology: Topology) -> Receipt.Statement? {
        guard let signers = signers[bytes], let statement = try? ReceiptStatement.decode(bytes),
            signers.contains(statement.relay),
            topology.maySpeak(statement.relay, for: statement.speaksFor)
        else { return nil }
        return statement
    }
}
