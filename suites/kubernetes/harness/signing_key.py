"""The key pair that the API server signs ServiceAccount tokens with, made by hand as guides do."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def write_key_pair(directory, name="sa-signer"):
    """A private key (PKCS #1) and its public half (PKIX) as files."""
    key = rsa.generate_private_key(65537, 2048)
    private, public = directory / f"{name}.key", directory / f"{name}-pkcs8.pub"
    private.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption()))
    private.chmod(0o600)
    public.write_bytes(key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public
