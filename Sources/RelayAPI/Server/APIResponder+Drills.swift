// Failover drills: what operators ask and order, in JSON.

import Hummingbird
import NIOCore
import RelayCore

extension APIResponder {
    /// - Parameter name: who asks, as it will stand in the record.
    func answerDrills(
        _ endpoint: Endpoint, _ headers: HeaderFields, _ body: RequestBody, by name: String
    ) async throws(Problem) -> Response {
        let drills = service.drillService
        switch endpoint {
        case .drillPlan:
            let request = try await json(DrillRequest.self, headers, body)
            return try Answers.json(try await drills.planDrill(request))
        case .drillStart:
            let request = try await json(DrillRequest.self, headers, body)
            return try Answers.json(
                try await drills.startDrill(request, by: name), status: 201)
        case .drillAbort:
            let abort = try await json(DrillAbort.self, headers, body)
            return try Answers.json(try await drills.abortDrill(abort, by: name))
        case .drill(let id):
            guard let view = try await drills.drill(id) else { throw Self.unknownDrill(id) }
            return try Answers.json(view)
        case .drillReport(let id):
            guard let file = try await drills.drillReport(id) else {
                throw Problem(
                    .notFound, "There is no report of a drill \(id) here, or not yet.")
            }
            return Answers.drillReport(file, id: id)
        default:
            return try Answers.json(DrillList(drills: try await drills.drills()))
        }
    }

    private static func unknownDrill(_ id: DrillID) -> Problem {
        Problem(.notFound, "This relay has run no drill \(id).")
    }
}
