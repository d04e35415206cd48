"""Text of a limit's band."""

from core.metrics import METRICS
from core.phrases import Phrase
from core.rooms.limits import Limit
from core.wording.numbers import bound


def band(limit: Limit | None) -> Phrase:
    """`该在2.5到7度`; empty without a limit."""
    if limit is None:
        return Phrase("")
    return _band(limit.metric, limit.low, limit.high)


def _band(metric: str, low: float | None, high: float | None) -> Phrase:
    texts, name = METRICS[metric].texts, Phrase(METRICS[metric].name)
    if low is not None and high is not None:
        return Phrase(texts.between, name=name, low=bound(low), high=bound(high))
    if low is not None:
        return Phrase(texts.at_least, name=name, low=bound(low))
    return Phrase(texts.at_most, name=name, high=bound(high)) if high is not None else Phrase("")
