// The seam to RelayConfiguration: checking a configuration file without a relay.

enum ConfigCheck {
    /// Every error of the file, each a line such as `agency.yaml:12: store.size: …`; none when it
    /// is in order.
    static func errors(inFile path: String) throws -> [String] {
        throw CommandFailure(
            .unreachable, "this build of relayctl cannot check configurations",
            hint: "relayd --check-config does")
    }
}
