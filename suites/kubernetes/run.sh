#!/usr/bin/env bash
# Runs the suite in namespaces of its own; whatever it starts or mounts ends with them.
#   run.sh PYTHON [pytest arguments]      IRSA_BIN names the irsa binary
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$1
shift

# Debian's names of what a node needs, and the program that shows that it is there.
declare -A NODE=([containerd]=containerd [runc]=runc [iproute2]=ip [containernetworking-plugins]=/usr/lib/cni/bridge
    [busybox-static]=busybox [iptables]=iptables)
declare -A PLANE=([etcd-server]=etcd)
export PATH=$PATH:/usr/sbin:/sbin

has() { command -v "$1" >/dev/null || [ -x "$1" ]; }

lacking() {
    local -n wanted=$1
    local package
    for package in "${!wanted[@]}"; do has "${wanted[$package]}" || echo "$package"; done
}

install() {
    local packages
    mapfile -t packages < <(lacking PLANE; lacking NODE)
    [ ${#packages[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && has apt-get || return 0
    echo "installing ${packages[*]}" >&2
    # WHY: a daemon that its package starts would outlive the suite.
    { apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends \
        "${packages[@]}"; } >/dev/null 2>&1 || echo "apt-get could not install ${packages[*]}" >&2
}

left_out() {
    echo "left out: the Kubernetes suite needs $1"
    exit 0
}

has unshare || left_out "unshare (apt-get install util-linux)"
install
[ -z "$(lacking PLANE)" ] || left_out "etcd (apt-get install etcd-server)"
if [ "$(id -u)" = 0 ]; then user=(); else user=(--map-root-user); fi
unshare "${user[@]}" --mount --net --pid --fork true 2>/dev/null || left_out "root, or user namespaces that are allowed"
programs=$("$here/tools/build.sh") || left_out "Go 1.26 and its module proxy (https://go.dev/dl)"

if helm=$("$here/../../deploy/tools/build.sh"); then export IRSA_SUITE_HELM=$helm/helm; else
    unset IRSA_SUITE_HELM
    echo "left out: tests of the chart need helm 3, or Go 1.26 to build it"
fi

if aws=$("$here/../../bench/aws-webhook/build.sh"); then export IRSA_SUITE_AWS_WEBHOOK=$aws; else
    unset IRSA_SUITE_AWS_WEBHOOK
    echo "left out: tests beside AWS's own webhook need its module from Go's proxy"
fi

reason=
[ "$(id -u)" = 0 ] || reason="root"
for package in $(lacking NODE); do reason+="${reason:+, }$package"; done
if [ -z "$reason" ]; then export IRSA_SUITE_NODE=1; else
    unset IRSA_SUITE_NODE
    echo "left out: tests on a node need $reason; the API server and its controllers run without one"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/irsa-suite.XXXXXX")
group=irsa-suite-$$
tidy() {
    local tries=0
    # WHY: a control group can be removed only when the last killed process has gone.
    while [ "$((tries += 1))" -le 50 ] && ! remove_groups; do sleep 0.1; done
    if [ "${IRSA_SUITE_KEEP:-}" ]; then echo "kept: $work" >&2; else rm -rf "$work"; fi
}

remove_groups() {
    local left
    for left in /sys/fs/cgroup/"$group" /sys/fs/cgroup/*/"$group"; do
        [ ! -d "$left" ] || find "$left" -depth -type d -exec rmdir {} + 2>/dev/null || return 1
    done
}
trap tidy EXIT

export IRSA_SUITE_WORK=$work IRSA_SUITE_PROGRAMS=$programs IRSA_SUITE_CGROUP=/$group
# WHY: with a process namespace of its own nothing can outlive the suite, not even containers' shims.
unshare "${user[@]}" --mount --net --pid --fork --kill-child --mount-proc --propagation private \
    "$here/inside.sh" "$python" -m pytest -q "$here" "$@" &
trap 'kill -KILL $!' INT TERM HUP
wait $!
