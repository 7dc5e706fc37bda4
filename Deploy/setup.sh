#!/usr/bin/env bash
# What a fresh Debian 12 machine with Swift 6.3 lacks: sourced by demo.sh and test.sh. Installs Debian
# packages when they are missing, and nothing else.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(libssl-dev liblmdb-dev libxml2-dev openssl pkg-config iproute2)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' \
        || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing ${missing[*]}"
    sudo=""
    if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "${missing[@]}" >/dev/null
fi

command -v swift >/dev/null || {
    echo "swift is not installed: Swift 6.3 for Debian 12 is needed (https://www.swift.org/install)" >&2
    exit 69
}
