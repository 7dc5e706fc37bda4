// Peers, routes and speakers.

import RelayCore
import Testing

@testable import RelayConfiguration

@Suite("Peers and routes")
struct RoutingTests {
    private func organisation(_ text: String) throws -> OrganisationCode {
        try #require(OrganisationCode(text))
    }

    @Test("peers that contradict each other or this relay are refused")
    func peers() {
        let report = Sample.reportWith(
            """
            peers:
              - {code: H26.1.2, role: hub, addresses: [a:1]}
              - {code: HUB-1, role: hub, addresses: [b:1, a:1]}
              - {code: HUB-1, role: hub, addresses: [c:1, c:1]}
              - {code: HUB-2, role: hub, organisations: [X], addresses: []}
              - {code: G1, role: agency}
              - {code: G2, role: agency, organisations: [G1, H26.1.2], addresses: [d:1]}

            """)
        #expect(
            report == """
                9:12: peers[0].code: H26.1.2 is this relay itself; list the others only
                10:47: peers[1].addresses[1]: a:1 is given already, peers[0].addresses[0]; behind one \
                address is one relay
                11:12: peers[2].code: HUB-1 is a peer already, peers[1]; give all its addresses there
                11:47: peers[2].addresses[1]: c:1 is given already, peers[2].addresses[0]; behind one \
                address is one relay
                12:30: peers[3].organisations: is for role agency only: a hub hands over the documents \
                of others; use routes to say what it is sent
                12:50: peers[3].addresses: HUB-2 cannot be reached: it has no addresses, and without \
                listen it cannot dial this relay; give one of the two
                13:5: peers[4].addresses: G1 cannot be reached: it has no addresses, and without listen \
                it cannot dial this relay; give one of the two
                14:46: peers[5].organisations[0]: G1 is served by another peer too, peers[4].code; name \
                the order of the two in a route to G1
                14:50: peers[5].organisations[1]: H26.1.2 is served here (relay.organisations); its \
                documents do not leave this relay
                """)
    }

    @Test("routes to nowhere, twice, in circles or against a role are refused")
    func routes() {
        let report = Sample.reportWith(
            """
            listen: [a:1]
            peers:
              - {code: HUB-1, role: hub}
              - {code: HUB-2, role: hub}
              - {code: G1, role: agency}
            routes:
              - {to: "*", via: [HUB1, HUB-2, HUB-2]}
              - {to: H26, via: [H26.1.2, elsewhere]}
              - {to: H26, via: []}
              - {to: H26.1.2, via: [HUB-1]}
              - {to: G1.1, via: [G1]}
              - {to: G1, via: [G1, HUB-1]}
              - {via: [HUB-1]}
              - {to: K1}

            """)
        #expect(
            report == """
                14:21: routes[0].via[0]: HUB1 is not a peer; did you mean HUB-1?
                14:34: routes[0].via[2]: HUB-2 stands in the list twice
                15:21: routes[1].via[0]: H26.1.2 is this relay itself; name a peer to send to
                15:30: routes[1].via[1]: elsewhere is not a peer; peers: G1, HUB-1, HUB-2
                16:10: routes[2].to: H26 has a route already, routes[1]; put all next hops into one
                16:15: routes[2].via: is an empty list; it needs at least 1
                17:10: routes[3].to: H26.1.2 is served here (relay.organisations); its documents do \
                not leave this relay
                18:22: routes[4].via[0]: G1 has role agency and may only hand over documents of its \
                own organisations, so no receipt for G1.1 could come back; give it role hub, or add \
                G1.1 to its organisations if it serves that one
                20:5: routes[6].to: is missing; it takes a code, prefix or "*": "*", or a code or \
                prefix of \(Code.rule)
                21:5: routes[7].via: is missing; it takes a list, each item a relay code: \(Code.rule)
                """)
    }

    @Test("a route without any peers says so, and a peer that could not be read is not missed")
    func unreadPeers() {
        #expect(
            Sample.reportWith("routes: [{to: '*', via: [HUB-1]}]\n")
                == "8:26: routes[0].via[0]: HUB-1 is not a peer; peers: there are none")
        let report = Sample.reportWith(
            """
            peers:
              - {code: HUB 1, role: hub, addresses: [a:1]}
            routes: [{to: "*", via: [HUB-1]}]

            """)
        #expect(report.hasPrefix("9:12: peers[0].code: \"HUB 1\" is not a relay code"))
        #expect(!report.contains("\n"))
    }

    @Test("an agency's organisations are routed straight to it, unless a route names them")
    func impliedRoutes() throws {
        let configuration = try Sample.with(
            """
            listen: [a:1]
            peers:
              - {code: HUB-1, role: hub}
              - {code: G1, role: agency, organisations: [G1, G1.7, 000.00.11.G01]}
              - {code: G2, role: agency}
            routes:
              - {to: "*", via: [HUB-1]}
              - {to: G1, via: [HUB-1, G1]}

            """)
        #expect(
            configuration.effectiveRoutes.map { "\($0.to) \($0.via) \($0.isImplied)" } == [
                "* [HUB-1] false", "G1 [HUB-1, G1] false", "G1.7 [G1] true",
                "000.00.11.G01 [G1] true", "G2 [G2] true",
            ])
        let routes = configuration.settings.routes
        for (to, hops) in [
            "G1": ["HUB-1", "G1"], "G1.8": ["HUB-1", "G1"], "G1.7": ["G1"], "G2": ["G2"],
            "000.00.11.G01": ["G1"], "000.00.11.H53": ["HUB-1"], "G10": ["HUB-1"],
        ] {
            #expect(routes.hops(to: try organisation(to)).map(\.text) == hops)
        }
    }

    @Test("two agencies may serve one organisation when a route gives the order")
    func sharedOrganisation() throws {
        let configuration = try Sample.with(
            """
            peers:
              - {code: G1, role: agency, addresses: [a:1], organisations: [G1]}
              - {code: G1-SPARE, role: agency, addresses: [b:1], organisations: [G1]}
            routes: [{to: G1, via: [G1, G1-SPARE]}]

            """)
        #expect(
            configuration.effectiveRoutes.map(\.via).map { $0.map(\.text) } == [["G1", "G1-SPARE"]])
    }

    @Test("who speaks for whom follows the longest entry, then roles, then the code")
    func speakers() throws {
        let configuration = try Sample.with(
            """
            receipts:
              speakers:
                - {organisations: [H37, 000.00.11.H53], relays: [HUB-H37]}
                - {organisations: [H37.02], relays: [H37.02, H37.02-SPARE]}
            peers:
              - {code: G1, role: agency, addresses: [a:1], organisations: [G1, G1.7]}

            """)
        for (code, relays) in [
            "H37": ["HUB-H37"], "H37.1": ["HUB-H37"], "H37.02.5": ["H37.02", "H37.02-SPARE"],
            "H371": ["H371"], "000.00.11.H53": ["HUB-H37"], "G1.7": ["G1"], "H26.1.2": ["H26.1.2"],
            "K5": ["K5"],
        ] {
            #expect(configuration.speakers(for: try organisation(code)).map(\.text) == relays)
        }
    }

    @Test(
        "a pattern matches whole groups from the left, and codes that begin with a digit whole only",
        arguments: [
            ("H26", "H26", true), ("H26", "H26.1.2", true), ("H26", "H260", false),
            ("H26.1", "H26.10", false), ("H26.1", "H26", false), ("h26", "H26", false),
            ("000.00.11.H53", "000.00.11.H53", true), ("0101234567", "0101234567.1", false),
            ("28.22", "28.22.H17", false),
        ])
    func patterns(pattern: String, code: String, matches: Bool) throws {
        let pattern = OrganisationPattern.code(try organisation(pattern))
        #expect(pattern.matches(try organisation(code)) == matches)
        #expect(OrganisationPattern.any.matches(try organisation(code)))
        #expect(OrganisationPattern.any.specificity < pattern.specificity)
    }
}

@Suite("Addresses")
struct AddressTests {
    @Test(
        "an address is read and written in one form",
        arguments: [
            "hub1.example.vn:4600", "192.0.2.7:1", "[::]:0", "[::1]:65535", "[2001:db8::7]:4600",
            "[1:2:3:4:5:6:7:8]:1", "[1::8]:1", "[::ffff:192.0.2.7]:1", "[1:2:3:4:5:6:192.0.2.7]:1",
            "[1:2:3:4:5:6:7::]:1", "a:1", "hub_1:1", "0.0.0.0:4600",
        ])
    func good(text: String) throws {
        let address = try #require(HostAndPort(text))
        #expect(address.description == text)
        #expect(address.isWildcard == ["[::]:0", "0.0.0.0:4600"].contains(text))
    }

    @Test(
        "what is no address is not read",
        arguments: [
            "", ":", ":1", "a", "a:", "a:-1", "a:+1", "a:65536", "a:1x", "a b:1", "a..b:1", "-a:1",
            "a-:1", "[a]:1", "[]:1", "[:]:1", "[:::]:1", "[1]:1", "[1:2:3:4:5:6:7]:1",
            "[1:2:3:4:5:6:7:8:9]:1", "[1::2::3]:1", "[12345::]:1", "[::1.2.3]:1", "[1.2.3.4::]:1",
            "[::1%eth0]:1", "::1:4600", "10.0.0:1", "10.0.0.256:1", "010.0.0.1:1", "1.2.3.4.5:1",
            "[1:]:1", "[:1]:1", "http://a:1", "a:000001",
            String(repeating: "a", count: 64) + ":1",
            String(repeating: "a.", count: 127) + ":1",
        ])
    func bad(text: String) { #expect(HostAndPort(text) == nil) }

    @Test(
        "a suggestion is near, and none is made otherwise",
        arguments: [
            ("mapsize", "mapSize"), ("reserv", "reserve"), ("rserve", "reserve"),
            ("resevre", "reserve"), ("x", nil), ("", nil), ("colour", nil),
            (String(repeating: "reserve", count: 10), nil),
        ] as [(String, String?)])
    func suggestions(text: String, expected: String?) {
        #expect(Suggestion.nearest(to: text, among: ["mapSize", "reserve", "to"]) == expected)
    }
}
