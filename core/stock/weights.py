"""Weights and counts as people type them: 斤, 公斤, 吨, 袋. Stored in grams."""

import re
import unicodedata
from decimal import Decimal

from core.errors import Refused

GRAMS_PER_JIN = 500
GRAMS_PER_KG = 1000
GRAMS_PER_TONNE = 1_000_000
MOST_GRAMS = 100_000 * GRAMS_PER_TONNE
"""More than any village stores; a larger weight is a typing error."""
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
    """Parses a number typed on any keyboard: full width, spaces, commas as thousands separators, 。 as the
    point, 零下 as minus. Refused if it is no number or ambiguous (3,5)."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("零下", "-").replace("−", "-")
    plain = plain.replace("。", ".").replace("點", ".").replace("点", ".").rstrip(".")
    if not (_NUMBER.fullmatch(plain) and re.search(r"[0-9]", plain)) or len(plain) > 30:
        raise Refused("not_a_number", "“%(given)s”不是一个数", given=text.strip()[:40])
    return Decimal(plain.replace(",", ""))


def parse_weight(text: str, unit: str = "jin") -> int:
    """Returns grams, at least 1. A number without a unit is in `unit` (jin or kg). Refused if it is
    invalid."""
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
    """Returns the grams of a capacity in tonnes, independent of the federation's unit. Refused if it is
    invalid."""
    return parse_weight(text if text.endswith("吨") else f"{text}吨")


def check_grams(grams: int, *, field: str = "") -> None:
    """Refused unless the weight is positive and plausible. `field` is the form field."""
    if grams <= 0:
        raise Refused("weight_not_positive", "重量要比0大", field=field)
    if grams > MOST_GRAMS:
        raise Refused("weight_too_big", "重量太大了,是不是多打了几个0?", field=field)


def parse_bags(text: str) -> int:
    """Number of bags (crates, boxes), at least 1. Refused if it is invalid."""
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
    """The number in `unit` to the gram, without trailing zeros, to fill a form field."""
    shown = f"{Decimal(grams) / UNITS[unit]:.3f}"
    return shown.rstrip("0").rstrip(".")
