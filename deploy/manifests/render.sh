#!/usr/bin/env bash
# Renders the manifests from the chart; with --check compares instead of writing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
helm=$("$here/../tools/build.sh")/helm
drifted=0
for values in "$here"/*.values.yaml; do
    target=${values%.values.yaml}.yaml
    rendered=$("$helm" template irsa "$here/../helm/irsa" --namespace irsa-system --no-hooks --set namespace.create=true --values "$values" |
        sed -e '/managed-by: Helm$/d' -e '/helm\.sh\/chart/d' -e '/annotations:$/{N;/helm\.sh/d}')
    rendered="# Rendered from deploy/helm/irsa by deploy/manifests/render.sh: change the chart, not this file."$'\n'"$rendered"
    if [ "${1:-}" != --check ]; then
        printf '%s\n' "$rendered" >"$target"
    elif ! printf '%s\n' "$rendered" | diff -u "$target" - >&2; then
        echo "${target##*/} is not what the chart renders: run deploy/manifests/render.sh" >&2
        drifted=1
    fi
done
exit "$drifted"
