"""Rules as TOML files: reads the shipped ones and those of the data folder, and writes a rule for
download."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from core.decoding.rules import BYTES_AT_MOST, Rule, from_plain_data, to_plain_data
from core.errors import Refused

SHIPPED = Path(__file__).parent / "shipped"


def from_toml(text: str) -> Rule:
    """Raises Refused (bad_rule) if the text is not a valid rule."""
    if len(text.encode(errors="replace")) > BYTES_AT_MOST:
        raise Refused("bad_rule", "规则太长了")
    try:
        facts = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused("bad_rule", "规则写得不对:%(what)s", what=str(error)[:200]) from None
    return from_plain_data(facts)


def from_file(path: Path) -> Rule:
    """Raises Refused (bad_rule), also if the file cannot be read or is not UTF-8."""
    try:
        if path.stat().st_size > BYTES_AT_MOST:
            raise Refused("bad_rule", "规则太长了")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("bad_rule", "文件读不了:%(what)s", what=str(error)[:200]) from None
    return from_toml(text)


@cache
def shipped() -> dict[str, Rule]:
    """The rules shipped with the program, by file name without number, in order."""
    return {path.stem[3:]: from_file(path) for path in sorted(SHIPPED.glob("[0-9][0-9]_*.toml"))}


def to_toml(rule: Rule) -> str:
    """The rule as TOML that `from_toml` reads again; default values are left out."""
    return "\n".join(_lines(to_plain_data(rule), "")) + "\n"


def _lines(facts: Mapping[str, object], under: str) -> Iterator[str]:
    tables = {key: nested for key, value in facts.items() if (nested := _tables(value))}
    for key, value in facts.items():
        if key not in tables:
            yield f"{_key(key)} = {_value(value)}"
    for key, several in tables.items():
        name = f"{under}.{_key(key)}" if under else _key(key)
        for table in several:
            yield ""
            yield f"[[{name}]]" if isinstance(facts[key], list) else f"[{name}]"
            yield from _lines(table, name)


def _tables(value: object) -> list[dict[str, object]]:
    candidates = value if isinstance(value, list) else [value]
    return [candidate for candidate in candidates if isinstance(candidate, dict)] if candidates else []


def _key(key: str) -> str:
    return (
        key
        if key and all(sign.isascii() and (sign.isalnum() or sign in "_-") for sign in key)
        else _text(key)
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in escaped) + '"'
