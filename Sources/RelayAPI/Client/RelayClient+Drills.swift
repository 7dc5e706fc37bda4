// Failover drills, asked by an operator's program.

import NIOCore
import NIOHTTP1
package import RelayCore

extension RelayClient {
    package func planDrill(_ request: DrillRequest) async throws(ClientError) -> DrillPlanView {
        try await post(.drillPlan, request)
    }

    package func startDrill(_ request: DrillRequest) async throws(ClientError) -> DrillView {
        try await post(.drillStart, request)
    }

    package func abortDrill(_ abort: DrillAbort) async throws(ClientError) -> DrillView {
        try await post(.drillAbort, abort)
    }

    /// Newest first.
    package func drills() async throws(ClientError) -> [DrillView] {
        try await get(.drills, as: DrillList.self).drills
    }

    package func drill(_ id: DrillID) async throws(ClientError) -> DrillView {
        try await get(.drill(id))
    }

    /// The signed report: JSON with its signature, as the relay keeps it.
    package func drillReport(_ id: DrillID) async throws(ClientError) -> [UInt8] {
        try await perform(ClientRequest(head: head(.drillReport(id)))) { response, body in
            guard response.status.code == 200 else {
                throw try await Self.refusal(response, body)
            }
            let file = try await body.collect(bytesMax: APILimits.drillReportBytesMax)
            return Array(file.readableBytesView)
        }
    }
}
