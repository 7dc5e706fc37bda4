#!/usr/bin/env bash
# A failover drill in one command: four relays on loopback under load, hub 1 made to hang, the report
# printed, verified, and written as a page. Exits non-zero if the drill has not passed. The page's path
# may be given as an argument; by default it is drill-report.html in the current folder.
page=$(realpath -m "${1:-drill-report.html}")
source "$(dirname "$0")/setup.sh"

swift build -c release --scratch-path .build-release --product relayd
swift build -c release --scratch-path .build-release --product relayctl
swift build -c release --scratch-path .build-release --product relaydemo
programs=$(swift build -c release --scratch-path .build-release --show-bin-path)

place=$(mktemp -d)
status=0
"$programs/relaydemo" --relayd "$programs/relayd" --directory "$place/fleet" --drill "$page" \
    || status=$?
if [ "$status" -eq 0 ]; then
    rm -rf "$place"
else
    echo "the relays' logs and stores are kept in $place/fleet" >&2
fi
exit "$status"
