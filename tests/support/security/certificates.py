"""An authority of this test run, and server certificates of it."""

from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization


class Authority:
    """`ca_file` is what clients trust."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))

    def issue(self, name: str, host: str) -> tuple[Path, Path]:
        """Certificate chain and key (PKCS8) of a server that is called `host`."""
        leaf = self._authority.issue_cert(host)
        certificate, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        certificate.write_bytes(certificate.read_bytes() + self._authority.cert_pem.bytes())
        private = serialization.load_pem_private_key(leaf.private_key_pem.bytes(), None)
        key.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        key.chmod(0o600)
        return certificate, key
