"""The buttons below a curve: one for each metric that is drawn."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

from fastapi import Query

from core.metrics import ON_BOARD
from web.base.localizer import Localizer

ChartMetric = Annotated[str, Query(pattern=f"^({'|'.join(ON_BOARD)})$")]
"""A metric that has a curve, in an address."""
ALWAYS_DRAWN = ("temperature", "humidity")
"""A room offers these before its first probe speaks."""


class ChartButton(NamedTuple):
    metric: str
    word: str


def chart_buttons(metrics: Iterable[str], words: Localizer) -> list[ChartButton]:
    """The first one is pressed when the page opens."""
    short = _short_names(words)
    return [ChartButton(metric, short.get(metric) or words.metric(metric)) for metric in metrics]


def _short_names(words: Localizer) -> dict[str, str]:
    """For narrow buttons; other metrics have their usual name."""
    return {
        "temperature": words.pgettext("chart button", "温度"),
        "humidity": words.pgettext("chart button", "湿度"),
    }
