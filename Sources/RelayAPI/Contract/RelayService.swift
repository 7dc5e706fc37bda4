// What the API needs of the relay behind it. relayd adapts the engine and the store to it; tests
// use a relay of their own.
//
// Whoever implements it decides; the server only reads requests and writes answers. Every method
// may be called from many tasks at once. A failure is a `Problem`, and goes to the client as it is.

package import RelayCore

package protocol RelayService: Sendable {
    /// Returns only after the commit that makes the document ours.
    ///
    /// `body` fails when the upload is cut, too large, or given up; then nothing may be kept of it.
    /// The digest that was announced is for the service to check, since it counts the digest.
    func submit(
        _ request: SubmitRequest, body: UploadBody
    ) async throws(Problem) -> Submission

    /// Nil when the relay does not know the document.
    func document(_ id: DocumentID) async throws(Problem) -> DocumentView?

    /// Why each delivery is where it is, and who must act; nil when the document is not known.
    func why(_ id: DocumentID) async throws(Problem) -> WhyView?

    /// Entries in key order, from behind the cursor.
    /// `late`: only those that have missed their deadline, or will.
    func queue(
        _ filter: QueueFilter, late: Bool, page: PageRequest
    ) async throws(Problem) -> QueuePage
    func queueShape() async throws(Problem) -> QueueShape
    func queueForecast() async throws(Problem) -> QueueForecast

    /// Carries out a part of an order, and returns after its last commit.
    func order(
        _ order: QueueOrder, by giver: OperatorIdentity
    ) async throws(Problem) -> OrderAnswer

    /// Entries in key order, from behind the cursor. Nil means all organisations served here.
    func inbox(
        of organisation: OrganisationCode?, page: PageRequest
    ) async throws(Problem) -> InboxPage

    /// The body of a document in the inbox; nil when it is not there. Throws `recipientNeeded` when
    /// there are several recipients here and none is named; so do the next two.
    func inboxBody(
        _ id: DocumentID, recipient: OrganisationCode?
    ) async throws(Problem) -> (facts: BodyFacts, bytes: OutgoingBody)?

    /// Marks the document as taken by its application, and returns after the commit. The same again
    /// gives the same answer. Nil when it is not in the inbox.
    func collect(
        _ id: DocumentID, recipient: OrganisationCode?
    ) async throws(Problem) -> InboxEntry?

    /// The verified receipt in DER; nil when there is none, or not yet.
    func receipt(
        _ id: DocumentID, recipient: OrganisationCode?, kind: ReceiptKind
    ) async throws(Problem) -> [UInt8]?

    func peers() async throws(Problem) -> [PeerView]

    /// Nil when there is no such peer.
    func order(
        _ order: PeerOrderRequest, about peer: RelayCode, by giver: OperatorIdentity
    ) async throws(Problem) -> PeerOrderAnswer?

    /// The whole table, or the route that a document to `code` would take.
    func routes(for code: OrganisationCode?) async throws(Problem) -> [RouteView]

    /// Asks every relay on each way to an organisation. Returns when all have answered, or when
    /// the time is up; who has not answered by then is shown as silent.
    func trace(_ request: TraceRequest) async throws(Problem) -> TraceView

    func health() async throws(Problem) -> HealthView
    func counts() async throws(Problem) -> CountsView

    /// Events behind `request.after`; none only when the time to wait is over. Throws `gone` when
    /// some of what is asked for is not kept any more.
    func events(_ request: EventRequest) async throws(Problem) -> EventList

    /// Everything that monitoring may want to draw or to be woken by.
    func metrics() async throws(Problem) -> [MetricFamily]

    /// The configuration in force.
    func configuration() async throws(Problem) -> ConfigurationView
    /// Reads the configuration file again and takes it over, whole or not at all. Throws
    /// `badConfiguration` with every error when it is not in order.
    func reload() async throws(Problem) -> ConfigurationView
}
