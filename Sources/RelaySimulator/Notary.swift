// Signing without keys: a table of who has signed which bytes stands for the signatures.

import RelayCore

struct Notary {
    private var signed: [SHA256Digest: Receipt.Statement] = [:]
    private var dice = Dice(seed: 77)

    /// The receipt's bytes.
    mutating func sign(_ statement: Receipt.Statement) -> [UInt8] {
        let bytes = Checksum.body(seed: dice.next(), count: 300)
        signed[Checksum.of(bytes)] = statement
        return bytes
    }

    /// Nil when nobody signed these bytes, or one who may not speak for the recipient.
    func verify(_ bytes: [UInt8], _ topology: Topology) -> Receipt.Statement? {
        guard let statement = signed[Checksum.of(bytes)],
            topology.maySpeak(statement.relay, for: statement.recipient)
        else { return nil }
        return statement
    }
}
