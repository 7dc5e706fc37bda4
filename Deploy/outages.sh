#!/usr/bin/env bash
# Outages with real daemons, each in a network namespace of its own: cables cut, hubs hung, both hubs
# away, urgent documents beside a large one, and more. The figures of each are printed as one line of
# JSON at the end. Needs root.
#
#   Deploy/outages.sh          the quick form, some minutes: what every test run has
#   Deploy/outages.sh --full   real lengths (both hubs away for 10 minutes, 1 GiB, defaults of the
#                              configuration) and the true bounds, about an hour; a quiet machine
#
# Further arguments go to `swift test`, for instance: --filter UrgencyTests
source "$(dirname "$0")/setup.sh"

if [ "$(id -u)" -ne 0 ]; then
    echo "outages.sh makes network namespaces and needs root" >&2
    exit 77
fi
if [ "${1:-}" = "--full" ]; then
    shift
    export TRAM_OUTAGES=full
fi
if [ $# -eq 0 ]; then
    set -- --filter 'LinkOutageTests|RouteOutageTests|WaitingTests|UrgencyTests|LetterTests'
fi

# Figures are of a release build; the tests themselves need none.
swift build -c release --scratch-path .build-release --product relayd
TRAM_RELAYD="$(swift build -c release --scratch-path .build-release --show-bin-path)/relayd"
TRAM_OUTAGES_FIGURES=$(mktemp)
export TRAM_RELAYD TRAM_OUTAGES_FIGURES
trap 'rm -f "$TRAM_OUTAGES_FIGURES"' EXIT

swift build --build-tests
status=0
swift test --skip-build "$@" || status=$?
echo
cat "$TRAM_OUTAGES_FIGURES"
exit "$status"
