// Who speaks for whom: which relays may sign receipts in the name of an organisation.

package import RelayCore

/// Which relays' receipts are believed for which organisation.
package struct Speakers: Sendable {
    private let relays: @Sendable (OrganisationCode) -> [RelayCode]

    /// - Parameter relays: the relays that may sign for an organisation, from configuration.
    package init(_ relays: @escaping @Sendable (OrganisationCode) -> [RelayCode]) {
        self.relays = relays
    }

    /// Where nothing is configured, as offline: a relay speaks for the organisation of its own
    /// code.
    package static let sameCode = Speakers { RelayCode($0.text).map { [$0] } ?? [] }

    func maySpeak(_ relay: RelayCode, for organisation: OrganisationCode) -> Bool {
        relays(organisation).contains(relay)
    }
}
