"""Forecasts when a cooling room reaches 0 °C, by its trend of the last hour; shown on its tile."""

from core.errors import StoreError
from core.metrics import Verdict
from core.readings.freeze_forecast import hours_to_zero
from core.times import HOUR_MS
from store.database import Databases
from store.history import History
from store.history.availability import answer_within
from store.overview.room_status import TREND_WITHIN_S, RoomNow
from store.readings.curve_query import CurveQuery
from store.readings.curves import room_curve
from web.base.localizer import Localizer


def freeze_forecast(dbs: Databases, history: History, words: Localizer, entry: RoomNow, now: int) -> str:
    """`约3小时到0度` for a freezing room above 0 °C; empty if unknown."""
    if entry.verdict is not Verdict.FREEZING or entry.value is None or entry.value <= 0:
        return ""
    query = CurveQuery(
        metric="temperature",
        start=now - HOUR_MS,
        end=now,
        points=60,
        position_class="air",
        position=entry.spot,
        now=now,
    )
    try:
        with answer_within(TREND_WITHIN_S):
            curve = room_curve(dbs, history, entry.room.id, query)
    except StoreError:
        return ""
    left = hours_to_zero(curve.points)
    if left is None:
        return ""
    if left < 1:
        return words("不到1小时到0度")
    return words("约%(n)s小时到0度", n=round(left))
