"""Why the broker cannot be used: a word and a text for the log. The word is the name of a system issue;
the page has a sentence for each that says what to do."""

import socket
import ssl
from typing import NamedTuple

from paho.mqtt.reasoncodes import ReasonCode

PREFIX = "broker."
TAKEN_OVER = "broker.taken"
CUT_OFF = "broker.cut_off"
DEAF = "broker.deaf"
LOGIN_REFUSED = "broker.login"
NO_ANSWER = "broker.no_answer"
"""It closes the connection."""
SILENT = "broker.silent"
"""It keeps the connection open and says nothing, as a process that is frozen: the kernel accepts for it."""
SUBSCRIPTION = "broker.subscription"
CRASHED = "listener.crashed"

PASSING = frozenset(
    (
        "broker.unreachable",
        "broker.refused_connection",
        "broker.no_such_host",
        NO_ANSWER,
        SILENT,
        "broker.tls",
    )
)
"""Faults that a restarting broker shows; reported only if they last."""

# X509_V_ERR_* of OpenSSL
_NOT_YET, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
_UNKNOWN_CA = frozenset((2, 18, 19, 20, 21))
"""No issuer found, or a self-signed certificate that is not among the trusted ones."""
_VERIFY = {
    _NOT_YET: (
        "broker.certificate_not_yet",
        "its certificate is not valid yet: is this machine's clock right?",
    ),
    _EXPIRED: ("broker.certificate_expired", "its certificate has expired"),
    _OTHER_NAME: ("broker.certificate_name", "its certificate is for another host name"),
    _OTHER_ADDRESS: ("broker.certificate_name", "its certificate is for another address"),
}


class ConnectionFault(NamedTuple):
    word: str
    text: str


def from_error(error: OSError, host: str) -> ConnectionFault:
    """The fault of an error that prevented the connection."""
    if isinstance(error, ssl.SSLCertVerificationError):
        word, text = _certificate_fault(error.verify_code)
        return ConnectionFault(word, f"{host}: {text} ({error.verify_message})")
    if isinstance(error, ssl.SSLError):
        if error.reason in ("NO_START_LINE", "PEM_LIB", "KEY_VALUES_MISMATCH") or not error.reason:
            return ConnectionFault(
                "broker.certificate_file", f"our certificate or CA file cannot be used: {error}"
            )
        return ConnectionFault("broker.tls", f"{host} does not speak TLS as we do: {error.reason}")
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return ConnectionFault(
            "broker.certificate_file", f"our certificate or CA file cannot be read: {error}"
        )
    if isinstance(error, socket.gaierror):
        return ConnectionFault("broker.no_such_host", f"{host}: no such host ({error.strerror})")
    if isinstance(error, ConnectionRefusedError):
        return ConnectionFault("broker.refused_connection", f"{host}: nobody listens there")
    return ConnectionFault("broker.unreachable", f"{host}: {error or type(error).__name__}")


def _certificate_fault(verify_code: int) -> tuple[str, str]:
    if verify_code in _UNKNOWN_CA:
        return "broker.certificate_unknown", "its certificate is of a CA that we do not know"
    unfit = ("broker.certificate_unfit", "its certificate or its CA is not made as TLS wants it")
    return _VERIFY.get(verify_code, unfit)


def from_reason_code(code: ReasonCode) -> ConnectionFault:
    """The fault of a CONNACK's reason code."""
    text = f"the broker refuses us: {code}"
    if str(code) in ("Bad user name or password", "Not authorized", "Bad authentication method"):
        return ConnectionFault(LOGIN_REFUSED, text)
    return ConnectionFault("broker.refuses", text)
