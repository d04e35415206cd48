"""Text of weights and of a room's contents."""

from collections.abc import Iterable
from decimal import Decimal

from core.phrases import N_, Phrase, Translate
from core.stock.weights import GRAMS_PER_TONNE, UNITS
from core.wording.style import Style


def weight(grams: int, unit: str, style: Style) -> Phrase:
    """`unit` is the federation's (jin or kg). Compact: 38吨, 1.2吨, below a tonne 840斤. Full: exact to the
    gram, in the federation's unit, with thousands separators: 76,000斤, 1,280.5斤."""
    if style == Style.COMPACT:
        if abs(grams) >= GRAMS_PER_TONNE:
            return Phrase("%(n)s吨", n=_plain(f"{Decimal(grams) / GRAMS_PER_TONNE:.1f}"))
        return _in_unit(f"{Decimal(grams) / UNITS[unit]:.0f}", unit)
    return _in_unit(_plain(f"{Decimal(grams) / UNITS[unit]:,.3f}"), unit)


def unit_name(unit: str) -> Phrase:
    return Phrase("斤" if unit == "jin" else "公斤")


def contents(goods: Iterable[tuple[str, int]], unit: str, translate: Translate, most: int = 2) -> str:
    """`土豆38吨、蘑菇2吨等`: the heaviest of (name, grams); 等 means that there are more."""
    heaviest = sorted(goods, key=lambda item: (-item[1], item[0]))
    named = [
        translate(N_("%(name)s%(weight)s"))
        % {"name": name, "weight": weight(grams, unit, Style.COMPACT).translated(translate)}
        for name, grams in heaviest[:most]
    ]
    return translate("、").join(named) + (translate("等") if len(heaviest) > most else "")


def _in_unit(number: str, unit: str) -> Phrase:
    return Phrase("%(n)s斤" if unit == "jin" else "%(n)s公斤", n=number)


def _plain(number: str) -> str:
    """Drops trailing zeros of the decimals."""
    return number.rstrip("0").rstrip(".")
