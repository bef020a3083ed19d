#!/usr/bin/env bash
# Builds the cluster's programs once and prints the directory that has them, outside the tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

PROGRAMS=(kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl)
VERSION=$(awk '$1 == "require" && $2 == "k8s.io/kubernetes" {print $3}' go.mod)
STAMP=k8s.io/component-base/version

# WHY: without it the programs call themselves v0.0.0-master and kubectl warns of skew.
minor=${VERSION#v1.} minor=${minor%%.*}
FLAGS="-s -w -X $STAMP.gitVersion=$VERSION -X $STAMP.gitMajor=1 -X $STAMP.gitMinor=$minor"
FLAGS+=" -X $STAMP.gitTreeState=clean -X $STAMP.buildDate=2026-01-01T00:00:00Z"

digest=$({ cat go.sum; echo "$FLAGS"; } | sha256sum | cut -c1-12)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/irsa/kubernetes-${VERSION#v}-$digest
mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9

missing=()
for program in "${PROGRAMS[@]}"; do
    [ -x "$cache/$program" ] || missing+=("k8s.io/kubernetes/cmd/$program")
done
if [ ${#missing[@]} -gt 0 ]; then
    command -v go >/dev/null || { echo "Go 1.26 or later is missing: https://go.dev/dl" >&2; exit 1; }
    echo "building Kubernetes $VERSION once, about 5 minutes on two cores: ${missing[*]##*/}" >&2
    fresh=$(mktemp -d "$cache/build.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    CGO_ENABLED=0 go build -trimpath -ldflags "$FLAGS" -o "$fresh/" "${missing[@]}" >&2
    mv "$fresh"/* "$cache/"
fi
echo "$cache"
