"""Text of numbers, measured values, bounds and ranges."""

from core.metrics import METRICS, NAMED
from core.phrases import Phrase
from core.wording.style import COMPACT, FULL, Style


def number(value: float, decimals: int = 1) -> Phrase:
    """For sentences: 3.4, 零下0.3. A value that rounds to zero has no sign."""
    shown = f"{abs(value):.{decimals}f}"
    return Phrase("零下%(n)s", n=shown) if value < 0 and float(shown) else Phrase(shown)


def figure(value: float, decimals: int = 1) -> str:
    """For columns and large figures: a real minus sign, no word."""
    shown = f"{abs(value):.{decimals}f}"
    return f"−{shown}" if value < 0 and float(shown) else shown


def measured(metric: str, value: float, style: Style = FULL) -> Phrase:
    """A value with its metric: 3.4度, 湿度91 (compact: 湿91), 二氧化碳900; for on/off metrics their word."""
    row = METRICS.get(metric)
    if row is None:
        return Phrase(f"{value:g}")
    if row.on_off is not None:
        return Phrase(row.on_off[value >= 0.5])
    name = (style == COMPACT and row.short) or row.name
    return Phrase(row.texts.value, name=Phrase(name), n=number(value, row.decimals))


def bound(value: float) -> Phrase:
    """The number of a limit: 7, not 7.0."""
    return number(value, 0 if value == round(value) else 1)


def bound_of(metric: str, value: float) -> Phrase:
    """A bound with its unit: 7度, 1200."""
    texts = METRICS[metric].texts if metric in METRICS else NAMED
    return Phrase(texts.bound, n=bound(value))


def degrees_range(low: float, high: float) -> Phrase:
    """A temperature range: 2.5到7度, 零下1到2度."""
    return Phrase("%(low)s到%(high)s度", low=bound(low), high=bound(high))


def per_cent_range(low: float, high: float) -> Phrase:
    return Phrase("%(low)s到%(high)s", low=bound(low), high=bound(high))
