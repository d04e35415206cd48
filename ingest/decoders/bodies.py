"""Parses message bodies: JSON, numbers, names and online states as devices really send them."""

import json
from itertools import accumulate
from math import isfinite

import msgspec

from core.errors import DecodeError

_decode = msgspec.json.Decoder().decode
_NOT_FINITE = {"nan", "inf", "infinity"}
PADDING = "\ufeff\0 \t\r\n"
NAME_AT_MOST = 64
DEPTH_AT_MOST = 500
"""Maximum nesting of arrays and objects: below the recursion limit of every Python version."""
_DEPTH_CHANGE = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in _DEPTH_CHANGE)


def load_json(payload: bytes) -> object:
    """The JSON value. Also accepts what devices send against the standard: NaN, a byte-order mark, NUL
    padding, GBK text. Raises DecodeError: not_json, bad_encoding, too_deep."""
    if len(payload) > DEPTH_AT_MOST and _is_too_deep(payload):
        raise DecodeError("too_deep")
    try:
        return _decode(payload)
    except RecursionError:
        raise DecodeError("too_deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _load_leniently(payload)


def _is_too_deep(payload: bytes) -> bool:
    if payload.count(b"[") + payload.count(b"{") <= DEPTH_AT_MOST:
        return False
    brackets = payload.translate(None, _NO_BRACKETS)
    return max(accumulate(map(_DEPTH_CHANGE.__getitem__, brackets))) > DEPTH_AT_MOST


def _load_leniently(payload: bytes) -> object:
    text = as_text(payload)
    try:
        return json.loads(text)
    except RecursionError:
        raise DecodeError("too_deep") from None
    except ValueError as error:
        raise DecodeError("not_json", str(error)[:200]) from None


def as_text(payload: bytes) -> str:
    """The payload as text (UTF-8 or GB 18030) without padding. Raises DecodeError: bad_encoding."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return payload.decode(encoding).strip(PADDING)
        except UnicodeDecodeError:
            continue
    raise DecodeError("bad_encoding")


def load_json_object(payload: bytes) -> dict[str, object]:
    """The JSON object. Raises DecodeError: not_object, and those of `load_json`."""
    body = load_json(payload)
    if body.__class__ is dict:
        return body
    raise DecodeError("not_object", type(body).__name__)


def parse_number(raw: object) -> float | str:
    """The finite number, or the reason for none: null, wrong_type, not_a_number, not_finite."""
    if raw.__class__ is str:
        return _number_of_text(raw)
    if raw is None:
        return "null"
    if raw.__class__ is not int and raw.__class__ is not float:
        return "wrong_type"
    try:
        value = float(raw)
    except OverflowError:
        return "not_finite"
    return value if isfinite(value) else "not_finite"


def _number_of_text(raw: str) -> float | str:
    text = raw.strip()
    if text.lower().lstrip("+-") in _NOT_FINITE:
        return "not_finite"
    if not text or not text.isascii() or "_" in text:
        return "not_a_number"
    try:
        value = float(text)
    except ValueError:
        return "not_a_number"
    return value if isfinite(value) else "not_finite"


def clean_name(raw: object) -> str | None:
    """A name for storage: printable, stripped, at most 64 characters. None if nothing is left."""
    if raw.__class__ is int:
        raw = str(raw) if abs(raw) < 1 << 63 else None
    if raw.__class__ is not str:
        return None
    if not raw.isprintable():
        raw = "".join(sign for sign in raw if sign.isprintable())
    return raw.strip()[:NAME_AT_MOST] or None


ONLINE = {"online": True, "offline": False}


def parse_online(payload: bytes) -> bool:
    """Whether a device is online: `online`/`offline`, bare, quoted or as `{"state": ..}`. Raises DecodeError:
    wrong_value, and those of `load_json`."""
    word: object = as_text(payload)
    if word and str(word)[0] in '{"':
        word = load_json(payload)
    if isinstance(word, dict):
        word = word.get("state")
    is_online = ONLINE.get(word.strip().lower()) if isinstance(word, str) else None
    if is_online is None:
        raise DecodeError("wrong_value", str(word)[:100])
    return is_online
