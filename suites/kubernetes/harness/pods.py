"""Pods as manifests."""

TOKEN_DIRECTORY = "/var/run/secrets/eks.amazonaws.com/serviceaccount"


def pod(namespace, name, service_account, image, command, variables=None):
    """A pod of one container that has a projected token for STS, as AWS's webhook writes it."""
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": name, "labels": {"app": name}},
        "spec": {
            "serviceAccountName": service_account, "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1, "enableServiceLinks": False,
            "containers": [{
                "name": "app", "image": image, "imagePullPolicy": "Never", "command": command,
                "env": [{"name": key, "value": value} for key, value in (variables or {}).items()],
                "volumeMounts": [
                    {"name": "aws-iam-token", "mountPath": TOKEN_DIRECTORY, "readOnly": True},
                ],
            }],
            "volumes": [{"name": "aws-iam-token", "projected": {"defaultMode": 420, "sources": [{
                "serviceAccountToken": {
                    "audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token",
                }}]}}],
        },
    }


def service_account(namespace, name, **annotations):
    """A ServiceAccount."""
    return {
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"namespace": namespace, "name": name, "annotations": annotations},
    }
