// Unknown keys, secrets, and the rules between keys.

import RelayCore
import Testing

@testable import RelayConfiguration

@Suite("Rules")
struct RuleTests {
    @Test("an unknown key gets the name that was meant, its home, or the names there are")
    func unknownKeys() {
        let report = Sample.reportWith(
            """
            lifetme: 3 d
            Limits: {}
            store:
              mapsize: 1 GiB
              capacity: 1
              tokenFile: x
            socket: /run/s
            trust: x
            colour: blue

            """)
        #expect(
            report == """
                8:1: lifetme: is not a known key here; did you mean lifetime?
                9:1: Limits: is not a known key here; did you mean limits?
                11:3: store.mapsize: is not a known key here; did you mean mapSize?
                12:3: store.capacity: is not a known key here; known here: mapSize, reserve
                13:3: store.tokenFile: is not a known key here; it belongs under api.tcp
                14:1: socket: is not a known key here; it belongs under api
                15:1: trust: is not a known key here; it belongs under receipts or tls
                16:1: colour: is not a known key here; known here: relay, store, api, listen, tls, \
                receipts, peers, routes, retry, lifetime, retention, eventRetention, limits, submit, \
                deadlines, log
                """)
    }

    @Test("a secret in the file is refused, and no message repeats it")
    func secrets() {
        let secret = "hunter2isNotAGoodPassword"
        let token = "c29tZSBieXRlcyB0aGF0IGFyZSBzZWNyZXQhIQ=="
        let report = Sample.reportWith(
            """
            api:
              password: \(secret)
              tcp:
                port: 8460
                tokenFile: \(token)
            log:
              delivery: 9f86d081884c7d659a2feaa0c55ad015
              level: 9f86d081884c7d659a2feaa0c55ad015
            receipts:
              certificate: |
                -----BEGIN CERTIFICATE-----
                MIIBszCCAVmgAwIBAgIUUYx
                -----END CERTIFICATE-----
              key: "-----BEGIN PRIVATE KEY----- MC4CAQ"

            """)
        #expect(
            report == """
                9:3: api.password: is not a known key here; a secret is given by the path of its file \
                only: api.tcp.tokenFile, tls.key, receipts.key
                12:16: api.tcp.tokenFile: looks like a secret, not like a path; put the secret into a \
                file that only its owner can read, and give the path
                14:13: log.delivery: looks like a secret, not like a path; put the secret into a file \
                that only its owner can read, and give the path
                15:10: log.level: the value (not shown, it may be secret) is not one of trace, debug, \
                info, notice, warning, error, critical
                17:16: receipts.certificate: holds a certificate or key itself; put it into a file of \
                its own and give the path
                21:8: receipts.key: holds a certificate or key itself; put it into a file of its own \
                and give the path
                """)
    }

    @Test(
        "paths that are long and plain are not taken for secrets",
        arguments: [
            "/etc/tram/keys/0123456789abcdef0123456789abcdef",
            "relay-district-2026-replacement-key",
            "certificates/H26.1.2/relay.pem", "keys/agency/relay/signing/current",
        ])
    func innocentPaths(path: String) throws {
        #expect(try Sample.with("receipts: {trust: \(path)}\n").receipts.trust.hasSuffix(path))
    }

    @Test("paths that the system would not take as meant are refused")
    func oddPaths() {
        #expect(
            Sample.complaint("log: {delivery: ~/delivery.log}")
                == "log.delivery: \"~/delivery.log\": ~ and $ are not expanded; write the path out")
        #expect(
            Sample.complaint("log: {delivery: \"/a\\nb\"}")
                == "log.delivery: the path holds a control character; remove it")
        let long = "/" + String(repeating: "x", count: 4_095)
        #expect(
            Sample.complaint("log: {delivery: \(long)}")
                == "log.delivery: the path has 4096 bytes; the system takes at most 4095")
        let socket = "/" + String(repeating: "x", count: 103)
        #expect(
            Sample.complaint("api: {socket: \(socket)}")
                == "api.socket: the path has 104 bytes; a Unix socket takes at most 103, so give a "
                + "shorter one, such as /run/tram/relayd.sock")
        // The default socket is in the data directory, which is then what is too long.
        let report = Sample.report(
            Sample.minimal.replacing("/var/lib/tram", with: socket.dropLast(8)))
        #expect(report.hasPrefix("3:9: api.socket: the path has 108 bytes; "))
    }

    @Test("amounts that do not fit each other are reported once, where one was given")
    func amounts() {
        #expect(
            Sample.reportWith("store:\n  mapSize: 400 MiB\nlimits: {documentSize: 1 MiB}\n")
                == "9:12: store.reserve: 256 MiB is not less than half of store.mapSize (400 MiB); "
                + "documents need the other half")
        #expect(
            Sample.reportWith("store:\n  mapSize: 1 GiB\n")
                == "9:12: limits.documentSize: 2 GiB does not fit the store: store.mapSize (1 GiB) "
                + "less store.reserve leaves 768 MiB; allow smaller documents or a larger store")
        #expect(
            Sample.reportWith("retry:\n  base: 20 s\n  cap: 10 s\n  ownBase: 1 h\n  ownCap: 1 m\n")
                == """
                9:9: retry.base: 20 s is more than retry.cap (10 s)
                11:12: retry.ownBase: 1 h is more than retry.ownCap (1 m)
                """)
        #expect(
            Sample.reportWith("lifetime: 1 h\n")
                == """
                8:11: receipts.deadline: 2 h is not less than lifetime (1 h); the document would \
                fail before it is sent again
                8:11: retry.ownCap: 1 h is not less than lifetime (1 h); the document would fail \
                before it is tried again
                """)
        #expect(
            Sample.reportWith("limits:\n  inFlightTotal: 10\n")
                == "9:18: limits.inFlightPerLink: 64 is more than limits.inFlightTotal (10)")
        // A value that is wrong by itself is reported by itself only.
        #expect(
            Sample.reportWith("store: {mapSize: 1 GB, reserve: 40 GiB}\n")
                == "8:18: store.mapSize: \"1 GB\" is not a size: units count in 1024s here, so write "
                + "1 GiB")
    }

    @Test("what belongs together is given together")
    func pairs() {
        #expect(
            Sample.complaint("receipts: {certificate: c}").hasPrefix(
                "receipts.key: is missing beside receipts.certificate; give both or neither"))
        #expect(
            Sample.complaint("receipts: {key: k}").hasPrefix(
                "receipts.certificate: is missing beside receipts.key; give both or neither"))
        #expect(
            Sample.reportWith("api:\n  tcp: {}\n") == """
                9:3: api.tcp.port: is missing; it takes a port: 0 to 65535; 0 lets the system choose
                9:3: api.tcp.tokenFile: is missing; it takes a path: absolute, or relative to the \
                directory of this file
                """)
        // What takes the place of a section hides it; its keys are not missed as well.
        #expect(
            Sample.complaint("api: {tcp: 8460}")
                == "api.tcp: holds text; it takes the keys port, tokenFile, indented below it")
    }

    @Test("lists that name something twice say where it stands already")
    func repeats() {
        let report = Sample.report(
            Sample.minimal.replacing(
                "tls:", with: "  organisations: [A, B, A]\ntls:")
                    + """
                    listen: ["[::]:1", a:0, a:0, "[::]:1"]
                    receipts:
                      speakers:
                        - {organisations: [H26], relays: [R, R]}
                        - {organisations: [H27, H26], relays: [S]}

                    """)
        #expect(
            report == """
                4:25: relay.organisations[2]: A stands in the list twice; see relay.organisations[0]
                9:30: listen[3]: [::]:1 stands in the list twice
                12:42: receipts.speakers[0].relays[1]: R stands in the list twice
                13:29: receipts.speakers[1].organisations[1]: H26 has an entry already, \
                receipts.speakers[0].organisations[0]; name all its relays in one
                """)
    }
}
