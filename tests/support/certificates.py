"""Certificates for tests, made by openssl: a CA of their own, and what it signed.

Two kinds: the usual one (`openssl req -x509`, no key usage), which a strict check (RFC 5280, the default of
Python since 3.13) refuses, and the one of docs/operators/broker.md, which passes it.
"""

import subprocess
from pathlib import Path

from tests.support.machines import need

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
EXTENSIONS = "basicConstraints=CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"


class Authority:
    """A CA in a folder: `.file` is its certificate; `sign` answers (certificate, key)."""

    def __init__(self, folder: Path, *, strict: bool = False) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._strict = strict
        usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign") if strict else ()
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
            *usage,
        )

    def sign(self, name: str, names: str = "DNS:localhost,IP:127.0.0.1", days: int = 30) -> tuple[Path, Path]:
        """`days` 0: it is over in the second in which it begins (below zero newer openssl refuses)."""
        path = self._folder / name
        certificate, key, request, extensions = (
            path.with_suffix(end) for end in (".crt", ".key", ".csr", ".ext")
        )
        extensions.write_text(f"subjectAltName={names}\n{EXTENSIONS if self._strict else ''}")
        self._openssl("req", *CURVE, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        ca = ("-CA", self.file, "-CAkey", self._key, "-CAcreateserial")
        signing = (*ca, "-days", days, "-extfile", extensions, "-out", certificate)
        self._openssl("x509", "-req", "-in", request, *signing)
        key.chmod(0o644)  # a Mosquitto of another user reads it
        return certificate, key

    def _openssl(self, *words: object) -> None:
        command = [need("openssl"), *map(str, words)]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
