#!/usr/bin/env bash
# Everything that must be green: format, build with warnings as errors, all tests, two hundred seeds of
# the simulator. Ends well under an hour on two cores.
source "$(dirname "$0")/setup.sh"

swift format lint --strict --recursive Package.swift Sources Tests

swift build --build-tests
# Tests of time-outs, of memory and of whole daemons each run without the others' load beside them.
swift test --skip-build --skip 'RelayAPITests|RelayPeerTests|RelayFleetTests|relaydTests'
swift test --skip-build --filter 'RelayAPITests'
swift test --skip-build --filter 'RelayPeerTests'
swift test --skip-build --filter 'relaydTests'
swift test --skip-build --filter 'RelayFleetTests'

# The simulator again in release, where its seeds take seconds.
swift build -c release --scratch-path .build-release --product relaysim
"$(swift build -c release --scratch-path .build-release --show-bin-path)/relaysim" --seeds 1...200
