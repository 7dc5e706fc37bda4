// Values: how each kind is written, and what is said when it is not.

import RelayCore
import Testing

@testable import RelayConfiguration

@Suite("Values")
struct ValueTests {
    @Test("a file with only what is required gets every default")
    func defaults() throws {
        let configuration = try Sample.with("")
        #expect(configuration.file == "/etc/tram/relay.yaml")
        #expect(configuration.relay.organisations.map(\.text) == ["H26.1.2"])
        #expect(configuration.relay.data == "/var/lib/tram")
        #expect(configuration.store == .init(mapSize: 64 << 30, reserve: 256 << 20))
        #expect(
            configuration.api
                == .init(
                    socket: "/var/lib/tram/relayd.sock", socketMode: 0o660,
                    operatorSocket: "/var/lib/tram/operator.sock", operatorSocketMode: 0o600,
                    tcp: nil))
        #expect(configuration.listen.isEmpty)
        #expect(configuration.tls.minimum == .tls13)
        #expect(
            configuration.receipts
                == .init(
                    certificate: "/etc/tram/relay.pem", key: "/etc/tram/relay.key",
                    trust: "/etc/tram/trust.pem", speakers: [], deadline: .hours(2)))
        #expect(configuration.peers.isEmpty)
        #expect(configuration.routes.isEmpty)
        #expect(
            configuration.retry
                == .init(
                    base: .milliseconds(500), cap: .seconds(30), connectTimeout: .seconds(5),
                    returnAfter: .seconds(60), keepalive: .seconds(5), ownBase: .seconds(60),
                    ownCap: .hours(1)))
        #expect(configuration.retry.deadAfter == .seconds(15))
        #expect(configuration.lifetime == .days(30))
        #expect(configuration.retention == .days(3))
        #expect(
            configuration.limits
                == .init(
                    documentSize: 2 << 30, recipients: 1_000, inFlightPerLink: 64,
                    inFlightTotal: 1_024, uploads: 64))
        #expect(configuration.submit.incomplete == .refuse)
        #expect(
            configuration.log
                == .init(
                    level: .info, format: .text, delivery: .file("/var/lib/tram/delivery.log")))
    }

    @Test("the core's settings carry the same values")
    func settings() throws {
        let text = "lifetime: 10 d\nretention: 1 h\neventRetention: 2 d\n" + Sample.hub
        let settings = try Sample.with(text).settings
        #expect(settings.relay.text == "H26.1.2")
        #expect(settings.organisations.map(\.text) == ["H26.1.2"])
        #expect(settings.lifetime == .days(10))
        #expect(settings.retention == .hours(1))
        #expect(settings.announcementsKept == .days(2))
        #expect(settings.receiptDeadline == .hours(2))
        #expect(settings.retryBase == .milliseconds(500) && settings.retryCap == .seconds(30))
        #expect(settings.ownRetryBase == .seconds(60) && settings.ownRetryCap == .hours(1))
        #expect(settings.returnAfter == .seconds(60))
        #expect(settings.documentBytesMax == 2 << 30)
        #expect(settings.inFlightPerLink == 64 && settings.inFlightTotal == 1_024)
        let hub = try #require(settings.peers.first { $0.key.text == "HUB-1" }?.value)
        #expect(hub.role == .hub && hub.isDiallable && hub.organisations.isEmpty)
    }

    @Test("relative paths start at the directory of the file")
    func paths() throws {
        let text = """
            relay: {code: A1, data: data}
            tls: {certificate: ./c.pem, key: ../k.pem, trust: /t.pem}
            api: {socket: s, tcp: {port: 8460, tokenFile: token}}
            log: {delivery: d.log}
            """
        let beside = try Sample.configuration(text, file: "/srv/demo/relay.yaml")
        #expect(beside.relay.data == "/srv/demo/data")
        #expect(beside.tls.certificate == "/srv/demo/./c.pem")
        #expect(beside.tls.key == "/srv/demo/../k.pem")
        #expect(beside.tls.trust == "/t.pem")
        #expect(beside.receipts.key == "/srv/demo/../k.pem")
        #expect(beside.api.socket == "/srv/demo/s")
        #expect(beside.api.tcp == .init(port: 8_460, tokenFile: "/srv/demo/token"))
        #expect(beside.log.delivery == .file("/srv/demo/d.log"))
        #expect(try Sample.configuration(text, file: "relay.yaml").relay.data == "data")
        #expect(try Sample.with("log: {delivery: '-'}").log.delivery == .standardOutput)
    }

    @Test(
        "sizes are bytes, or count in 1024s",
        arguments: [
            ("268435456", 256 << 20), ("256 MiB", 256 << 20), ("256MiB", 256 << 20),
            ("'2 TiB'", 2 << 40), ("65536 KiB", 64 << 20), ("\"1 GiB\"", 1 << 30),
        ] as [(String, UInt64)])
    func sizes(text: String, bytes: UInt64) throws {
        let lines = "limits: {documentSize: 64 KiB}\nstore: {reserve: 4 MiB, mapSize: \(text)}\n"
        #expect(try Sample.with(lines).store.mapSize == bytes)
    }

    @Test(
        "durations have a unit",
        arguments: [
            ("1500 ms", .milliseconds(1_500)), ("90s", .seconds(90)), ("3 m", .minutes(3)),
            ("36 h", .hours(36)), ("'7 d'", .days(7)),
        ] as [(String, Interval)])
    func durations(text: String, interval: Interval) throws {
        #expect(try Sample.with("receipts: {deadline: \(text)}\n").receipts.deadline == interval)
    }

    @Test("quotes make no difference to numbers and modes")
    func quotes() throws {
        #expect(try Sample.with("api: {socketMode: 0600}\n").api.socketMode == 0o600)
        #expect(try Sample.with("api: {socketMode: \"0620\"}\n").api.socketMode == 0o620)
        let text = Sample.minimal + "  minimum: 1.2\n"
        #expect(try Sample.configuration(text).tls.minimum == .tls12)
        #expect(
            try Sample.configuration(text.replacing(": 1.2\n", with: ": \"1.2\"\n")).tls.minimum
                == .tls12)
    }

    static let size =
        "allowed: a whole number of bytes, or with KiB, MiB, GiB or TiB, such as 256 MiB"
    static let duration = "allowed: a whole number with ms, s, m, h or d, such as 500 ms"
    static let address =
        "allowed: host:port, such as 0.0.0.0:4600 or \"[::]:4600\"; port 0 lets the system choose"
    static let mode = "allowed: four octal digits, such as \"0660\""

    static let amounts: KeyValuePairs = [
        "store: {mapSize: 64 GB}":
            "store.mapSize: \"64 GB\" is not a size: units count in 1024s here, so write 64 GiB",
        "store: {mapSize: 64 gib}": "store.mapSize: \"64 gib\" is not a size; \(size)",
        "store: {mapSize: 1.5 GiB}": "store.mapSize: \"1.5 GiB\" is not a size; \(size)",
        "store: {mapSize: -1}": "store.mapSize: \"-1\" is not a size; \(size)",
        "store: {mapSize: GiB}": "store.mapSize: \"GiB\" is not a size; \(size)",
        "store: {mapSize: 99999999999 TiB}":
            "store.mapSize: \"99999999999 TiB\" is not a size; \(size)",
        "store: {mapSize: 1 MiB}":
            "store.mapSize: 1 MiB is less than the least, 16 MiB: below that not even the reserve "
            + "and one document fit",
        "store: {mapSize: 17 TiB}":
            "store.mapSize: 17 TiB is more than the most, 16 TiB: a process has 128 TiB of "
            + "addresses, and copies are opened beside it",
        "store: {reserve: 100}":
            "store.reserve: 100 bytes is less than the least, 4 MiB: receipts and removals of a "
            + "full store need that much",
        "retry: {base: 5}": "retry.base: \"5\" is not a duration; \(duration)",
        "retry: {base: 5 min}": "retry.base: \"5 min\" is not a duration; \(duration)",
        "retry: {base: 5 ms}":
            "retry.base: 5 ms is less than the least, 10 ms: a peer that just came up must not be "
            + "flooded",
        "retry: {cap: 2 h}":
            "retry.cap: 2 h is more than the most, 1 h: a peer that is back should be noticed",
        "retry: {keepalive: 99999999999999999999 s}":
            "retry.keepalive: \"99999999999999999999 s\" is not a duration; \(duration)",
        "retry: {keepalive: 18446744073709551615 ms}":
            "retry.keepalive: \"18446744073709551615 ms\" is not a duration; \(duration)",
        "limits: {recipients: 1001}":
            "limits.recipients: 1001 is more than the most, 1000: an offer with all recipients must "
            + "fit into one frame",
        "limits: {uploads: 0}":
            "limits.uploads: 0 is less than the least, 1: nothing could be submitted",
        "limits: {uploads: many}":
            "limits.uploads: \"many\" is not a number; allowed: a whole number",
        "limits: {uploads: 1 s}":
            "limits.uploads: \"1 s\" is not a number; allowed: a whole number",
        "api: {socketMode: 660a}": "api.socketMode: \"660a\" is not a mode; \(mode)",
        "api: {socketMode: \"0666\"}":
            "api.socketMode: \"0666\" lets every user of this machine send documents; the last "
            + "digit must be 0, and a group is given access by the digit before it",
        "api: {socketMode: \"0770\"}":
            "api.socketMode: \"0770\" is not the mode of a socket; allowed: 0600, 0620, 0660",
        "api: {tcp: {port: 65536, tokenFile: t}}":
            "api.tcp.port: \"65536\" is not a port; allowed: 0 to 65535; 0 lets the system choose",
    ]

    @Test("amounts out of form or bounds are explained", arguments: amounts.indices)
    func amount(place: Int) {
        let (line, expected) = Self.amounts[place]
        #expect(Sample.complaint(line) == expected)
    }

    static let words: KeyValuePairs = [
        "log: {level: warn}":
            "log.level: \"warn\" is not one of trace, debug, info, notice, warning, error, "
            + "critical; did you mean warning?",
        "log: {level: warnin}":
            "log.level: \"warnin\" is not one of trace, debug, info, notice, warning, error, "
            + "critical; did you mean warning?",
        "log: {format: JSON}":
            "log.format: \"JSON\" is not one of text, json; did you mean json?",
        "submit: {incomplete: yes}":
            "submit.incomplete: \"yes\" is not one of refuse, accept",
        "log: {delivery: \"\"}":
            "log.delivery: \"\" is not a path or \"-\"; allowed: absolute, or relative to the "
            + "directory of this file; \"-\" is standard output",
        "log: {level: }":
            "log.level: has no value; give a word (trace, debug, info, notice, warning, error, "
            + "critical) or remove the key",
        "log: {level: [info]}":
            "log.level: is a list; it takes a word: trace, debug, info, notice, warning, error, "
            + "critical",
        "log: {level: {info: 1}}":
            "log.level: is keys and values; it takes a word: trace, debug, info, notice, warning, "
            + "error, critical",
        "log: info":
            "log: holds text; it takes the keys level, format, delivery, indented below it",
        "log: [info]":
            "log: holds a list; it takes the keys level, format, delivery, indented below it",
        "log:": "log: holds nothing; it takes the keys level, format, delivery, indented below it",
        "listen: a:1": "listen: is text; it takes a list, each item an address: \(rest)",
        "listen:":
            "listen: has no value; give a list, each item an address: \(rest), or [] for none",
        "listen: [hub1]": "listen[0]: \"hub1\" has no port; \(address)",
        "listen: ['hub1:']": "listen[0]: \"hub1:\" is not an address; \(address)",
        "listen: [hub1:65536]": "listen[0]: \"hub1:65536\" is not an address; \(address)",
        "listen: [10.0.0.256:1]": "listen[0]: \"10.0.0.256:1\" is not an address; \(address)",
        "listen: ['::1:4600']": "listen[0]: \"::1:4600\" is not an address; \(address)",
        "listen: [[a]]":
            "listen[0]: is a list; it takes an address: \(rest); an IPv6 address needs quotes",
        "peers: {code: HUB-1}":
            "peers: is keys and values; it takes a list, each item with the keys code, addresses, "
            + "pin, role, organisations, limits",
        "peers: [HUB-1]":
            "peers[0]: is text; it takes the keys code, addresses, pin, role, organisations, limits",
    ]

    private static let rest =
        "host:port, such as 0.0.0.0:4600 or \"[::]:4600\"; port 0 lets the system choose"

    @Test("words, lists and sections out of form are explained", arguments: words.indices)
    func word(place: Int) {
        let (line, expected) = Self.words[place]
        #expect(Sample.complaint(line) == expected)
    }

    @Test("a list with too many items is refused as a whole")
    func longLists() {
        let items = (1...17).map { "a:\($0)" }.joined(separator: ", ")
        #expect(
            Sample.complaint("listen: [\(items)]") == "listen: has 17 items; at most 16 are allowed"
        )
    }

    @Test("a long value is cut, and control characters in it are not repeated")
    func shown() {
        let long = String(repeating: "x y ", count: 50)
        #expect(
            Sample.complaint("retry: {base: \"\(long)\"}").hasPrefix(
                "retry.base: \"\(long.prefix(60))…\" is not a duration"))
        #expect(
            Sample.complaint("retry: {base: \"a\\e[31m\\nb\"}").hasPrefix(
                "retry.base: \"a [31m b\" is not a duration"))
        #expect(
            Sample.complaint("\"re\\nlay\": 1").hasPrefix("re lay: is not a known key here"))
    }

    @Test("codes, pins and peers' addresses out of form are explained")
    func peerValues() {
        let report = Sample.reportWith(
            """
            listen: [a:1]
            peers:
              - code: HUB 1
                addresses: [0.0.0.0:4600, "[::]:1", hub:0]
                pin: sha256/abc
                role: hup
              - code: "*"
                role: agency
                organisations: [H26., -x, "*"]

            """)
        let rule = "allowed: \(Code.rule)"
        #expect(
            report == """
                10:11: peers[0].code: "HUB 1" is not a relay code; \(rule)
                11:17: peers[0].addresses[0]: 0.0.0.0:4600 stands for every address of a machine and \
                cannot be dialled
                11:31: peers[0].addresses[1]: [::]:1 stands for every address of a machine and cannot \
                be dialled
                11:41: peers[0].addresses[2]: port 0 cannot be dialled; allowed: 1 to 65535
                12:10: peers[0].pin: "sha256/abc" is not a pin; allowed: sha256/ and the 44 \
                characters of base64 of the SHA-256 of the public key
                13:11: peers[0].role: "hup" is not one of hub, agency; did you mean hub?
                14:11: peers[1].code: "*" is not a relay code; \(rule)
                16:21: peers[1].organisations[0]: "H26." is not an organisation code; \(rule)
                16:27: peers[1].organisations[1]: "-x" is not an organisation code; \(rule)
                16:31: peers[1].organisations[2]: * is not allowed here; name each organisation
                """)
    }

    @Test("prefixes are whole codes; parts of old codes and a speaker for everybody are refused")
    func patterns() {
        let report = Sample.reportWith(
            """
            receipts:
              speakers:
                - organisations: ["*", H37.*, 000.00]
                  relays: []
                - relays: [A]

            """)
        #expect(
            report == """
                10:23: receipts.speakers[0].organisations[0]: * would let one relay sign for \
                everybody; name codes or prefixes
                10:28: receipts.speakers[0].organisations[1]: "H37.*" is not a code or prefix; a \
                prefix is written without an ending: H37
                10:35: receipts.speakers[0].organisations[2]: "000.00" is the left part of an old \
                code, which has level 1 on the right; write old codes out, such as 000.00.11.H53
                11:7: receipts.speakers[0].relays: is an empty list; it needs at least 1
                12:7: receipts.speakers[1].organisations: is missing; it takes a list, each item a \
                code or prefix: \(Code.rule)
                """)
    }

    @Test("a pin is read as the digest that it is")
    func pin() throws {
        let digest = try #require(SHA256Digest(bytes: (0..<32).map { UInt8($0) }))
        let lines = Sample.hub + "    pin: sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        #expect(try Sample.with(lines).peers.first?.pin == digest)
    }
}
