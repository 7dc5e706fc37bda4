// What the API needs of the relay for drills: a part of `RelayService`, for operators.

package import RelayCore

package protocol DrillService: Sendable {
    func planDrill(_ request: DrillRequest) async throws(Problem) -> DrillPlanView
    /// Returns once it is durable that the drill has begun. Throws `conflict` when it may not.
    func startDrill(
        _ request: DrillRequest, by name: String
    ) async throws(Problem) -> DrillView
    func abortDrill(_ abort: DrillAbort, by name: String) async throws(Problem) -> DrillView
    /// Newest first.
    func drills() async throws(Problem) -> [DrillView]
    func drill(_ id: DrillID) async throws(Problem) -> DrillView?
    /// The signed report, JSON with its signature; nil when there is none, or not yet.
    func drillReport(_ id: DrillID) async throws(Problem) -> [UInt8]?
}

extension RelayService {
    /// Of a relay that runs no drills.
    package var drillService: any DrillService { NoDrills() }
}

private struct NoDrills: DrillService {
    private static let none = Problem(.notFound, "This relay runs no drills.")

    func planDrill(_: DrillRequest) async throws(Problem) -> DrillPlanView { throw Self.none }
    func startDrill(_: DrillRequest, by _: String) async throws(Problem) -> DrillView {
        throw Self.none
    }
    func abortDrill(_: DrillAbort, by _: String) async throws(Problem) -> DrillView {
        throw Self.none
    }
    func drills() async throws(Problem) -> [DrillView] { [] }
    func drill(_: DrillID) async throws(Problem) -> DrillView? { nil }
    func drillReport(_: DrillID) async throws(Problem) -> [UInt8]? { nil }
}
