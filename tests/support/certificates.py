"""Certificates for tests, made by openssl: a CA of their own, and what it signed."""

import subprocess
from pathlib import Path

from tests.support.machines import need

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """A CA in a folder: `.file` is its certificate; `sign` answers (certificate, key)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self.file, self._key = folder / "ca.crt", folder / "ca.key"
        self._openssl(
            "req",
            "-x509",
            *CURVE,
            "-keyout",
            self._key,
            "-out",
            self.file,
            "-days",
            30,
            "-subj",
            "/CN=Test CA",
        )

    def sign(self, name: str, names: str = "DNS:localhost,IP:127.0.0.1", days: int = 30) -> tuple[Path, Path]:
        """`days` below zero: one that is over already."""
        at = self._folder / name
        certificate, key, asked, more = (at.with_suffix(end) for end in (".crt", ".key", ".csr", ".ext"))
        more.write_text(f"subjectAltName={names}\n")
        self._openssl("req", *CURVE, "-keyout", key, "-out", asked, "-subj", f"/CN={name}")
        signing = ("-CA", self.file, "-CAkey", self._key, "-CAcreateserial", "-days", days, "-extfile", more)
        self._openssl("x509", "-req", "-in", asked, *signing, "-out", certificate)
        key.chmod(0o644)  # a Mosquitto of another user reads it
        return certificate, key

    def _openssl(self, *words: object) -> None:
        command = [need("openssl"), *map(str, words)]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
