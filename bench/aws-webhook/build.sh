#!/usr/bin/env bash
# Builds AWS's webhook once and prints the program's path, outside the tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

MODULE=github.com/aws/amazon-eks-pod-identity-webhook
VERSION=$(awk -v module="$MODULE" '$1 == "require" && $2 == module {print $3}' go.mod)

digest=$(sha256sum go.sum | cut -c1-12)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/irsa/aws-webhook-${VERSION#v}-$digest
program=$cache/${MODULE##*/}
mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9

if [ ! -x "$program" ]; then
    command -v go >/dev/null || { echo "Go 1.26 or later is missing: https://go.dev/dl" >&2; exit 1; }
    echo "building AWS's webhook $VERSION once, about a minute on two cores" >&2
    fresh=$(mktemp -d "$cache/build.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$fresh/" "$MODULE" >&2
    mv "$fresh"/* "$cache/"
fi
echo "$program"
