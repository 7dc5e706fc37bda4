import Testing
@testable import relayctl
