// Options that are amounts, written as in configuration files.

import ArgumentParser
import RelayConfiguration
import RelayCore

struct DocumentRate: ExpressibleByArgument {
    let perHour: Int

    init?(argument: String) {
        guard let perHour = documentRate(argument) else { return nil }
        self.perHour = perHour
    }
}

struct ByteSize: ExpressibleByArgument {
    let bytes: UInt64

    init?(argument: String) {
        guard let bytes = byteSize(argument), (1...Limits.drillDocumentBytesMax).contains(bytes)
        else { return nil }
        self.bytes = bytes
    }
}

struct TimeSpan: ExpressibleByArgument {
    let interval: Interval

    init?(argument: String) {
        guard let interval = timeSpan(argument),
            (.seconds(1)...Limits.drillLeaseMax).contains(interval)
        else { return nil }
        self.interval = interval
    }
}
