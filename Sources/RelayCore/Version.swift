// The version of the program, as it stands in CHANGELOG.md: in logs, in health, and in what a relay
// answers to a trace.

package enum Version {
    package static let text = "0.1.0"
}
