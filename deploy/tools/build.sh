#!/usr/bin/env bash
# Prints a directory that has `helm` 3: the machine's own, else one built once, cached outside the
# tree. Its status is 3 where there is neither it nor Go.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if [ -z "${IRSA_BUILD_HELM:-}" ] && found=$(command -v helm); then
    case $(helm version --short 2>/dev/null) in
        v3.*) dirname "$found"; exit ;;
    esac
fi

VERSION=$(awk '$1 == "require" && $2 == "helm.sh/helm/v3" {print $3}' go.mod)
KUBERNETES=$(awk '$1 == "k8s.io/client-go" {split($2, parts, "."); print parts[2]}' go.mod)
# WHY: without them helm takes itself for one of Kubernetes 1.20.
FLAGS="-s -w -X helm.sh/helm/v3/internal/version.version=$VERSION"
for place in pkg/chartutil pkg/lint/rules; do
    FLAGS+=" -X helm.sh/helm/v3/$place.k8sVersionMajor=1 -X helm.sh/helm/v3/$place.k8sVersionMinor=$KUBERNETES"
done
digest=$({ cat go.sum; echo "$FLAGS"; } | sha256sum | cut -c1-12)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/irsa/helm-${VERSION#v}-$digest
mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9

if [ ! -x "$cache/helm" ]; then
    command -v go >/dev/null || { echo "neither helm 3 nor Go 1.26 or later is here: https://helm.sh/docs/intro/install, https://go.dev/dl" >&2; exit 3; }
    echo "building helm $VERSION once, about 2 minutes on two cores" >&2
    fresh=$(mktemp "$cache/build.XXXXXX")
    trap 'rm -f "$fresh"' EXIT
    CGO_ENABLED=0 go build -trimpath -ldflags "$FLAGS" -o "$fresh" helm.sh/helm/v3/cmd/helm >&2
    chmod 755 "$fresh"
    mv "$fresh" "$cache/helm"
fi
echo "$cache"
