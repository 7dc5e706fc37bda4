import RelayCore
import Testing

/// The receipt a bench is asked to sign, signed.
private func signed(
    _ signing: (statement: Receipt.Statement, receipt: DocumentID)
) -> Event {
    .signed(
        SignedReceipt(
            statement: signing.statement, receipt: signing.receipt,
            upload: UploadID(signing.receipt), size: 50, digest: digest(0xEE)))
}

@Suite("Receipts")
struct ReceiptTests {
    @Test("a receipt for a document to somebody served here has an id of its own")
    func localIDs() throws {
        var settings = Net.settings("R-A")
        settings.organisations = [organisation("A"), organisation("A.1"), organisation("A.2")]
        var bench = Bench(settings)
        let actions = bench.decide(.submitted(submission(to: ["A.1", "A.2"])))
        let envelope = try #require(actions.compactMap(\.accepted).first)
        let ids = [envelope.document] + actions.compactMap(\.signing).map(\.receipt)
        #expect(ids.count == 3)
        #expect(Set(ids).count == 3)
    }
}
