// The store passes the tests that every ledger must pass, and stays sound while it does.

import LedgerConformance
import Testing

@Suite struct ConformanceTests {
    @Test("the store does what every ledger must", arguments: LedgerConformance.checks)
    func conforms(check: LedgerCheck) throws {
        let bench = try StoreBench()
        try check.run(on: bench)
        #expect(try bench.discrepancies() == [])
    }

    @Test("random turns with aborts and restarts leave what the model says", arguments: 1...12)
    func drives(seed: UInt64) throws {
        let bench = try StoreBench()
        try LedgerConformance.drive(bench, seed: seed, turns: 60)
        #expect(try bench.discrepancies() == [])
    }
}
