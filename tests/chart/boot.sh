#!/bin/bash
# Runs in a container that systemd booted: what deploy/systemd/README.md says, then a signer that is
# killed. What was seen is in /root/seen, as NAME=VALUE.
exec 2>/root/trace
set -eux

see() { echo "$1=$2" >>/root/seen; }

await() { until "$@" >/dev/null; do sleep 0.1; done; }

signs() { journalctl -q -u irsa-signer | grep -c 'signing kid=' | grep -qx "$1"; }

systemd-sysusers && systemctl daemon-reload && systemctl enable --now irsa
runuser -u irsa -- irsa init --data-dir /var/lib/irsa --root-key-file /var/lib/irsa-root-key/root.key \
    --credentials-file /var/lib/irsa/admin
cp /var/lib/irsa/admin /root/admin
export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=us-east-1 AWS_SHARED_CREDENTIALS_FILE=/root/admin
await irsa whoami
irsa issuer create prod --key-holder signers

{
    sed -n 's/^aws_access_key_id *= */AWS_ACCESS_KEY_ID=/p; s/^aws_secret_access_key *= */AWS_SECRET_ACCESS_KEY=/p' /root/admin
    echo "AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL"
} >>/etc/irsa/signer.env
systemctl enable --now irsa-signer
await signs 1
see socket "$(stat -c '%a %U %F' /run/irsa-signer/signer.sock)"
see directory "$(stat -c '%a %U' /run/irsa-signer)"
see before "$(systemctl show -P Before irsa-signer)"
for unit in irsa irsa-signer; do
    see "$unit" "$(grep -E '^(NoNewPrivs|Seccomp|CapBnd|CapEff):' "/proc/$(systemctl show -P MainPID "$unit")/status" | tr -s '\t\n' ' ')"
done

# The number of the directory, which a static pod has mounted, stays.
see mounted "$(stat -c %i /run/irsa-signer)"
systemctl kill -s KILL irsa-signer
await signs 2
see mounted_later "$(stat -c %i /run/irsa-signer)"
see restarts "$(systemctl show -P NRestarts irsa-signer)"
see keys "$(irsa issuer show prod | grep -c ' signs ')"
see complaints "$(journalctl -q -u irsa -u irsa-signer | grep -cE ' (WARN|ERROR) ' || true)"
systemctl stop irsa-signer irsa
see results "$(systemctl show -P Result irsa irsa-signer | xargs)"
