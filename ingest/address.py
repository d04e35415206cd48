"""The broker's address, the login there, and the certificates of both sides."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho

PORT, TLS_PORT = 1883, 8883


class _Socket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho would leave it open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool = False
    ca_file: Path | None = None
    """CA that signs the broker's certificate; None for the CAs of this machine."""
    cert_file: Path | None = None
    key_file: Path | None = None
    client_id: str = ""
    """Of the listener's session; "" for the one of its database."""

    @property
    def is_local(self) -> bool:
        return self.host in ("127.0.0.1", "::1", "localhost")

    @classmethod
    def from_url(
        cls,
        url: str,
        ca_file: Path | None = None,
        cert_file: Path | None = None,
        key_file: Path | None = None,
    ) -> "BrokerAddress":
        """From `mqtt://user:password@host:1883`, or `mqtts://` with TLS."""
        parts = urlsplit(url)
        tls = parts.scheme == "mqtts"
        return cls(
            parts.hostname or "127.0.0.1",
            parts.port or (TLS_PORT if tls else PORT),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            tls,
            ca_file,
            cert_file,
            key_file,
        )

    def prepare(self, client: paho.Client) -> None:
        """Sets the client's credentials and TLS context. Raises OSError (including `ssl.SSLError`) if a
        file is missing or not PEM."""
        if self.username:
            client.username_pw_set(self.username, self.password)
        if self.tls:
            client.tls_set_context(self.tls_context())

    def tls_context(self) -> ssl.SSLContext:
        """The CA to trust and our own certificate. Raises OSError as `prepare` does.

        `VERIFY_X509_STRICT`, the default since Python 3.13, is off. It refuses a CA without the key usage
        extension, and `openssl req -x509`, which villages have used for years, makes such CAs. The flag
        checks the form of a certificate (RFC 5280), not who signed it. Without it every Python accepts the
        same certificates.
        """
        context = ssl.create_default_context(cafile=self.ca_file)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.sslsocket_class = _Socket
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert_file is not None:
            context.load_cert_chain(self.cert_file, self.key_file)
        return context
