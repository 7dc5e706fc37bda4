// Orders: who may give them, who gives this one, and what it says.
//
// Only on the operators' socket, whatever else is right about the request. Who gave an order is
// what the kernel says of the connection, and what the program at its other end states.

import FoundationEssentials
import Hummingbird
import Logging
import NIOCore
import RelayCore

extension APIResponder {
    func obey(
        _ endpoint: Endpoint, _ headers: HeaderFields, _ body: RequestBody, _ context: Context
    ) async throws(Problem) -> Response {
        guard listener.isForOperators else { throw forbidden(endpoint) }
        let giver = try OperatorIdentity(
            headers, user: await PeerCredentials.user(of: context.channel))
        logger.notice(
            "an operator asks",
            metadata: ["path": "\(endpoint.path)", "by": "\(printable(giver.words))"])
        switch endpoint {
        case .configReload:
            return try Answers.json(try await service.reload())
        case .peerOrders(let peer):
            let order = try await json(PeerOrderRequest.self, headers, body)
            guard let answer = try await service.order(order, about: peer, by: giver) else {
                throw Problem(.notFound, "\(peer) is no peer of this relay.")
            }
            return try Answers.json(answer)
        case .queueOrders:
            let order = try await json(QueueOrder.self, headers, body)
            return try Answers.json(try await service.order(order, by: giver))
        case .drills, .drillPlan, .drillStart, .drillAbort, .drill, .drillReport:
            return try await answerDrills(endpoint, headers, body, by: giver.words)
        default:
            preconditionFailure("\(endpoint) is not for operators")
        }
    }

    /// Names the right place: an operator's script that asks at the wrong socket is the usual case.
    private func forbidden(_ endpoint: Endpoint) -> Problem {
        let place =
            settings.operatorSocket.map { "on the operators' socket, \($0.path)" }
            ?? "on a socket for operators, and none is configured (api.operatorSocket)"
        return Problem(.forbidden, "\(endpoint.path) is answered only \(place).")
    }

    /// The JSON of a request, bounded and read strictly.
    func json<Value: Decodable>(
        _ type: Value.Type, _ headers: HeaderFields, _ body: RequestBody
    ) async throws(Problem) -> Value {
        let sent = try headers.one(HeaderName.contentType).map(MediaType.essence)
        guard sent == MediaType.json else {
            throw Problem(
                .unsupportedMediaType, field: HeaderName.contentType,
                "This endpoint takes \(MediaType.json).")
        }
        let bytes: ByteBuffer
        do {
            bytes = try await body.collect(upTo: APILimits.requestBytesMax)
        } catch is NIOTooManyBytesError {
            throw UploadBody.tooLarge(Int64(APILimits.requestBytesMax))
        } catch {
            throw UploadBody.cut(error, after: 0)
        }
        return try APICoding.order(type, from: Data(bytes.readableBytesView))
    }
}
