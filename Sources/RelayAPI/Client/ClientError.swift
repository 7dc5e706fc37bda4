// Why a request of the client has no good answer. The kinds are those that a caller acts on: start
// the daemon, ask for permission, try again, or read the problem.

package enum ClientError: Error, Sendable, CustomStringConvertible {
    /// Nobody listens there.
    case unreachable(place: String, reason: String)
    /// The socket's mode does not let us connect.
    case notPermitted(place: String)
    /// Nothing moved for the time given. A submission may have been accepted all the same: send it
    /// again with the same key.
    case timedOut(String)
    /// The connection ended before the answer was whole. As above.
    case cut(String)
    /// The relay refused.
    case problem(Problem)
    /// What came back is not an answer of this API.
    case unintelligible(status: Int?, detail: String)
    /// What was to be sent could not be read.
    case source(String)
    /// What came could not be written.
    case sink(String)

    package var description: String {
        switch self {
        case .unreachable(let place, let reason): "cannot reach the relay at \(place): \(reason)"
        case .notPermitted(let place): "not permitted to connect to \(place)"
        case .timedOut(let what): "the relay did not answer in time: \(what)"
        case .cut(let what): "the connection to the relay ended too early: \(what)"
        case .problem(let problem): "\(problem.kind.title). \(problem.detail)"
        case .unintelligible(let status, let detail):
            "the answer\(status.map { " (status \($0))" } ?? "") is not one of this API: \(detail)"
        case .source(let detail): "cannot read what is to be sent: \(detail)"
        case .sink(let detail): "cannot write what came: \(detail)"
        }
    }
}
