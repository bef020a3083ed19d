"""Pods as manifests."""

IDLE = ("/bin/sleep", "1000")
TOKEN_DIRECTORY = "/var/run/secrets/eks.amazonaws.com/serviceaccount"


def plain_pod(namespace, name, service_account, image="irsa.test/busybox:1", command=IDLE):
    """A pod of one container, as a guide's reader writes it."""
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": name, "labels": {"app": name}},
        "spec": {
            "serviceAccountName": service_account, "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1, "enableServiceLinks": False,
            "containers": [{
                "name": "app", "image": image, "imagePullPolicy": "Never", "command": list(command),
            }],
        },
    }


def pod(namespace, name, service_account, image, command, variables=None):
    """One that has a projected token for STS, as AWS's webhook writes it."""
    made = plain_pod(namespace, name, service_account, image, command)
    made["spec"]["containers"][0] |= {
        "env": [{"name": key, "value": value} for key, value in (variables or {}).items()],
        "volumeMounts": [{"name": "aws-iam-token", "mountPath": TOKEN_DIRECTORY, "readOnly": True}],
    }
    made["spec"]["volumes"] = [{"name": "aws-iam-token", "projected": {"defaultMode": 420, "sources": [{
        "serviceAccountToken": {
            "audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token",
        }}]}}]
    return made


def variables_of(container):
    """Name and value of each, in their order."""
    return [(each["name"], each.get("value")) for each in container.get("env", [])]


def service_account(namespace, name, role=None, **annotations):
    """A ServiceAccount, of a role if that is given; annotations without their prefix."""
    named = ({"role-arn": role} if role else {}) | annotations
    prefixed = {f"eks.amazonaws.com/{key.replace('_', '-')}": value for key, value in named.items()}
    return {
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"namespace": namespace, "name": name, "annotations": prefixed},
    }
