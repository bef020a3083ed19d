#!/usr/bin/env bash
# The first process of the suite's namespaces: a network with nothing but itself, private run-time
# directories, then the command. It stays, to reap what containers leave.
set -euo pipefail

ip link set lo up
ip addr add 192.0.2.10/32 dev lo   # where everything listens; nothing may be called loopback
ip route add default dev lo
# Pods that share the bridge reach each other through Services too.
bridged=/proc/sys/net/bridge/bridge-nf-call-iptables
[ ! -w "$bridged" ] || echo 1 >"$bridged"

mount -t tmpfs tmpfs /run
mkdir -p "$IRSA_SUITE_WORK"/log "$IRSA_SUITE_WORK"/kubelet
mount --bind "$IRSA_SUITE_WORK"/log /var/log
for place in kubelet cni; do
    if [ "${IRSA_SUITE_NODE:-}" ]; then
        mkdir -p "$IRSA_SUITE_WORK/$place" "/var/lib/$place"
        mount --bind "$IRSA_SUITE_WORK/$place" "/var/lib/$place"
    fi
done
printf '127.0.0.1 localhost\n192.0.2.10 irsa.test\n' >"$IRSA_SUITE_WORK"/hosts
mount --bind "$IRSA_SUITE_WORK"/hosts /etc/hosts

"$@"
