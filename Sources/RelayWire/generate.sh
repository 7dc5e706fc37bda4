#!/usr/bin/env bash
# Makes the Swift in Generated/ anew from the .proto files here. Needs Debian's protobuf-compiler, and
# protoc-gen-swift of the swift-protobuf that Package.swift names:
#
#   swift build -c release --scratch-path .build-release --product protoc-gen-swift
#   PATH="$PWD/.build-release/release:$PATH" Sources/RelayWire/generate.sh
set -euo pipefail
cd "$(dirname "$0")"
protoc --swift_out=Generated --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true ./*.proto

# A message of more than 16 fields lies on the heap, behind a constant that the generator declares
# without the word that this package's strict memory safety asks for.
sed -i 's/= _StorageClass\.defaultInstance$/= unsafe _StorageClass.defaultInstance/' Generated/*.pb.swift
