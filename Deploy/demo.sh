#!/usr/bin/env bash
# The main job in one command: four relays on loopback, two hundred documents, three crashes in the
# middle. Exits non-zero if anything is missing, double or unverified. Arguments go to relaydemo.
source "$(dirname "$0")/setup.sh"

for program in relayd relayctl relaydemo; do
    swift build -c release --scratch-path .build-release --product "$program"
done
programs=$(swift build -c release --scratch-path .build-release --show-bin-path)

place=$(mktemp -d)
status=0
"$programs/relaydemo" --relayd "$programs/relayd" --directory "$place/fleet" "$@" || status=$?
if [ "$status" -eq 0 ]; then
    rm -rf "$place"
else
    echo "the relays' logs and stores are kept in $place/fleet" >&2
fi
exit "$status"
