// Who speaks for whom: which relays may sign receipts in the name of an organisation, and which
// certificate proves to be which relay.

package import OpenSSL
package import RelayCore

/// Which relays' receipts are believed for which organisation.
package struct Speakers: Sendable {
    private let relays: @Sendable (OrganisationCode) -> [RelayCode]

    /// - Parameter relays: the relays that may sign for an organisation, from configuration.
    package init(_ relays: @escaping @Sendable (OrganisationCode) -> [RelayCode]) {
        self.relays = relays
    }

    /// Where nothing is configured, as offline: a relay speaks for the organisation of its own code.
    package static let sameCode = Speakers { RelayCode($0.text).map { [$0] } ?? [] }

    func maySpeak(_ relay: RelayCode, for organisation: OrganisationCode) -> Bool {
        relays(organisation).contains(relay)
    }
}

/// The identity of a relay in its certificate: a URI `tram:CODE` among the subject's alternative names
/// (RFC 5280 section 4.2.1.6).
package enum RelayIdentity {
    package static let scheme = "tram:"

    /// The codes that a certificate stands for. Usually one.
    package static func codes(of certificate: Certificate) -> [RelayCode] {
        certificate.subjectURIs.compactMap { uri in
            uri.hasPrefix(scheme) ? RelayCode(String(uri.dropFirst(scheme.count))) : nil
        }
    }
}
