"""Weights and counts as people type them: 斤, 公斤, 吨, 袋. Kept in grams."""

import re
import unicodedata
from decimal import Decimal

from core.errors import Refused

GRAMS_PER_JIN = 500
GRAMS_PER_KG = 1000
GRAMS_PER_TONNE = 1_000_000
MOST_GRAMS = 100_000 * GRAMS_PER_TONNE
"""More than any village keeps: a slip of the finger."""
MOST_BAGS = 10_000_000

UNITS: dict[str, int] = {
    "斤": GRAMS_PER_JIN,
    "市斤": GRAMS_PER_JIN,
    "jin": GRAMS_PER_JIN,
    "公斤": GRAMS_PER_KG,
    "千克": GRAMS_PER_KG,
    "kg": GRAMS_PER_KG,
    "吨": GRAMS_PER_TONNE,
    "t": GRAMS_PER_TONNE,
    "克": 1,
    "g": 1,
}
_COUNTED = ("袋", "筐", "件", "箱", "bags")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?")


def parse_number(text: str) -> Decimal:
    """A number as typed on any keyboard: full width, with spaces, grouped by commas, 。 for the point,
    零下 for minus. Refused where it is none, or could be two different ones (3,5)."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("零下", "-").replace("−", "-")
    plain = plain.replace("。", ".").replace("點", ".").replace("点", ".").rstrip(".")
    if not (_NUMBER.fullmatch(plain) and re.search(r"[0-9]", plain)) or len(plain) > 30:
        raise Refused("not_a_number", "“%(given)s”不是一个数", given=text.strip()[:40])
    return Decimal(plain.replace(",", ""))


def parse_weight(text: str, unit: str = "jin") -> int:
    """Grams, at least one. A number without a unit is in `unit` (jin or kg). Refused with a sentence."""
    plain = unicodedata.normalize("NFKC", text).strip().rstrip("。.").lower()
    factor = UNITS[unit]
    for name in sorted(UNITS, key=len, reverse=True):
        if plain.endswith(name):
            plain, factor = plain.removesuffix(name), UNITS[name]
            break
    grams = round(parse_number(plain) * factor)
    check_grams(grams)
    return grams


def parse_tonnes(text: str) -> int:
    """Grams from a capacity: in tonnes, whatever the federation weighs in. Refused with a sentence."""
    return parse_weight(text if text.endswith("吨") else f"{text}吨")


def check_grams(grams: int, *, field: str = "") -> None:
    """Refused unless it is a weight that somebody can have brought; `field` is where it was typed."""
    if grams <= 0:
        raise Refused("weight_not_positive", "重量要比0大", field=field)
    if grams > MOST_GRAMS:
        raise Refused("weight_too_big", "重量太大了,是不是多打了几个0?", field=field)


def parse_bags(text: str) -> int:
    """How many bags (crates, boxes), at least one. Refused with a sentence."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    for name in _COUNTED:
        plain = plain.removesuffix(name)
    count = parse_number(plain)
    check_bags(count)
    return int(count)


def check_bags(count: int | Decimal, *, field: str = "") -> None:
    if count != int(count) or not 0 < count <= MOST_BAGS:
        raise Refused("bad_count", "袋数要是比0大的整数", field=field)


def in_unit(grams: int, unit: str) -> str:
    """The bare number of 斤 or kg to the gram, without trailing zeros: what a field is filled with."""
    shown = f"{Decimal(grams) / UNITS[unit]:.3f}"
    return shown.rstrip("0").rstrip(".")
