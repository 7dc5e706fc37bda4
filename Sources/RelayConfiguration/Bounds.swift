// Every bound on the configuration file itself and on the lists in it, each with its reason. The
// bounds on single values stand with their keys in the schema.

import RelayCore

enum Bounds {
    /// The largest configuration file, in bytes: some ten thousand routes, written out.
    static let fileBytesMax = 1_048_576

    /// Errors that are reported. More than these nobody reads at once.
    static let errorsMax = 200

    /// Levels of lists and mappings inside each other. The schema needs five.
    static let nestingMax = 16

    /// Opening brackets `[` and `{` in one line. A short key of YAML's may itself be a nest of
    /// brackets, and costs the YAML library its depth squared to compare.
    static let bracketsPerLineMax = 64

    /// Things that look like an alias (`*name`) in a file that has something like an anchor. Each
    /// may double what the YAML library has to compare, so a handful is harmless and thirty are
    /// not. Comments count too, since only a whole YAML scanner could tell them apart.
    static let aliasesMax = 4

    /// Things that look like a complex key (`? key`), which lift the limit of YAML on a key's size.
    static let complexKeysMax = 4

    /// Repeated keys that are each reported. Every one costs another pass over the file.
    static let duplicatesMax = 20

    /// Characters of a refused value that a message repeats.
    static let shownMax = 60

    /// The longest path, in bytes: what Linux takes (PATH_MAX less the final zero).
    static let pathBytesMax = 4_095

    /// The longest path of a Unix socket, in bytes: `sun_path` holds 108 with the final zero, and
    /// the API binds to the path with `.new` at its end first.
    static let socketPathBytesMax = 103

    /// The longest host name, in bytes: RFC 1035 section 2.3.4, in text and without the last dot.
    static let hostNameBytesMax = 253

    /// Organisations served by one relay: the directory has some 4,000 for the largest province.
    static let organisationsMax = 10_000

    /// Addresses that one relay listens on: a few networks, two families each.
    static let listenMax = 16

    /// Relays that one relay knows: every province, ministry and large agency of the country.
    static let peersMax = 2_000

    /// Addresses of one peer: two networks, two families, and as many again.
    static let addressesMax = 8

    /// Next hops of one route: what the core can hold in a lane's name.
    static let hopsMax = RelayCore.Limits.routeHopsMax

    /// Hours of one peer's link: every other hour of the day.
    static let windowsMax = 12

    /// Routes: one for each organisation with an old code, which cannot be put under a prefix.
    static let routesMax = 20_000

    /// Entries that say who signs for whom, for the same reason as routes.
    static let speakersMax = 20_000

    /// Relays that may sign for one organisation: its own, a spare one, and the ones before them.
    static let relaysPerSpeakerMax = 16

    /// Classes of deadlines: kinds, priorities and types of document that differ in law are a few.
    static let classesMax = 100

    /// Types of document of one class: Decree 30/2020 knows 29.
    static let typesMax = 200

    /// A line for people, in bytes: a name of a type (Decree 30/2020 allows 100 letters) or a
    /// reference to an article.
    static let lineBytesMax = 200

    /// Years of one calendar, and its days that differ from the week: some twenty in a year.
    static let yearsMax = 20
    static let daysMax = 1_000

    /// How long before a calendar ends it is warned of: the notice of the next year's holidays
    /// comes in its last weeks.
    static let calendarEndsDays: Int64 = 45

    /// The largest certificate, key or token file, in bytes. A bundle of all roots of the web is
    /// 220 KiB.
    static let credentialBytesMax = 1_048_576
}
