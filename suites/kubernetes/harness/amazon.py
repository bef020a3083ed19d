"""AWS as a cluster's administrator and its pods find it, under its own names and at public addresses: irsa in
the place of STS, IAM and Secrets Manager, and a server of buckets. No name and no address leads out of the suite."""

import json
import subprocess

from support.certificates import Authority
from support.server import Credentials, Server

from .buckets import Buckets
from .places import WORK

REGION = "eu-central-1"
BUCKET = "irsa-suite-issuer"
S3 = f"s3.{REGION}.amazonaws.com"
EKS_ISSUERS = f"https://oidc.eks.{REGION}.amazonaws.com/id"
# AWS fetches issuers' keys from public addresses alone. Of the suite's network, which has no way out.
ADDRESSES = {
    "3.5.136.10": [
        "iam.amazonaws.com", "sts.amazonaws.com", f"sts.{REGION}.amazonaws.com", f"secretsmanager.{REGION}.amazonaws.com",
    ],
    "3.5.136.11": [S3, f"{BUCKET}.{S3}", f"oidc.eks.{REGION}.amazonaws.com"],
}
NAMES = [name for names in ADDRESSES.values() for name in names]


def public_authority():
    """The CA of AWS's certificates, which is among the roots that images and machines trust."""
    return Authority(WORK / "public", names=NAMES)


class Amazon:
    """Runs until `stop`."""

    def __init__(self, cluster):
        self._cluster = cluster
        for address, names in ADDRESSES.items():
            subprocess.run(["ip", "address", "replace", f"{address}/32", "dev", "lo"], check=True)
            cluster.node.names.known |= dict.fromkeys(names, address)
        with (WORK / "hosts").open("a") as hosts:
            hosts.writelines(f"{address} {' '.join(names)}\n" for address, names in ADDRESSES.items())
        services, buckets = ADDRESSES
        authority = cluster.public_authority
        chain, key, _ = authority.write("services")
        # No issuer is allowed that is not public, no CA of one but the public ones.
        self._server = Server(
            WORK / "amazon", "--dev-allow-remote", "--region", REGION, "--tls-cert", str(chain), "--tls-key", str(key),
            listen=f"{services}:443", variables={"SSL_CERT_FILE": str(authority.file)})
        variables = self._server.variables
        self.admin = Credentials(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
        self._buckets = Buckets(buckets, S3, self.admin, authority.server_context())

    def stop(self):
        """Ends it."""
        self._buckets.stop()
        self._server.stop()

    def configure(self, home):
        """Writes what `aws configure` would."""
        directory = home / ".aws"
        directory.mkdir()
        (directory / "config").write_text(
            f"[default]\nregion = {REGION}\nca_bundle = {self._cluster.public_authority.file}\n")
        (directory / "credentials").write_text(
            f"[default]\naws_access_key_id = {self.admin.access_key_id}\n"
            f"aws_secret_access_key = {self.admin.secret_access_key}\n")

    def publish(self, issuer):
        """Serves the API server's documents at its issuer, as EKS does."""
        discovery = "/.well-known/openid-configuration"
        document = self._cluster.api.get(discovery) | {"jwks_uri": f"{issuer}/keys"}
        self._buckets.sites |= {
            issuer + discovery: json.dumps(document).encode(),
            f"{issuer}/keys": json.dumps(self._cluster.api.get("/openid/v1/jwks")).encode(),
        }
