"""A certificate authority of the tests' own."""

import datetime
import hashlib
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


LOOPBACK = ("localhost", "127.0.0.1")


def _general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """Makes certificates for hosts, 127.0.0.1 unless told; `file` is what clients trust."""

    def __init__(self, directory, names=LOOPBACK):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.names = [_general_name(name) for name in names]
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._make("irsa tests", self.key, self.key, None)
        self.file = directory / "ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _make(self, name, key, signer, issuer):
        now = datetime.datetime.now(datetime.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder().subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), True)
        )
        if issuer is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName(self.names), False)
        return builder.sign(signer, hashes.SHA256())

    def write(self, name):
        """A new certificate with its chain and key, as files of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._make(name, key, self.key, self.certificate)
        chain, private = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        private.write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        pem = serialization.Encoding.PEM
        chain.write_bytes(certificate.public_bytes(pem) + self.certificate.public_bytes(pem))
        return chain, private, certificate.serial_number

    def server_context(self):
        """For a TLS server in this process."""
        chain, private, _ = self.write("site")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, private)
        return context

    def thumbprint(self):
        """As IAM wants it: SHA-1 of the last certificate of the chain."""
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return hashlib.sha1(der, usedforsecurity=False).hexdigest()
