// Which deliveries a command is about: the same options in every listing and every order.

import ArgumentParser
import RelayAPI
import RelayCore

struct FilterOptions: ParsableArguments {
    @Option(
        name: [.customLong("to"), .customLong("destination")],
        help: ArgumentHelp(
            "Only those to this recipient; 'H26.*' is H26 and all below it.", valueName: "code"),
        transform: Read.scope)
    var destination: OrganisationScope?

    @Option(
        help: ArgumentHelp(
            "Only those in this state. (default: queued, attempting and held)",
            valueName: "state"))
    var state: DeliveryStatus?

    @Option(
        help: ArgumentHelp("Only those of this priority, 0 to 4.", valueName: "number"),
        transform: Read.priority)
    var priority: Int?

    @Option(
        help: ArgumentHelp("Only those of this sender.", valueName: "code"),
        transform: Read.organisation)
    var from: OrganisationCode?

    @Option(
        help: ArgumentHelp(
            "Only those that came to this relay so long ago or longer, such as 90s, 30m, 2h, 3d.",
            valueName: "age"),
        transform: Read.age)
    var olderThan: Int64?

    func validate() throws {
        guard state != .incoming else {
            throw ValidationError("What is incoming is not a delivery yet, and is not listed.")
        }
    }

    var filter: QueueFilter {
        var filter = QueueFilter(destination: destination, state: state)
        filter.priority = priority
        filter.sender = from
        filter.olderThan = olderThan
        return filter
    }
}
