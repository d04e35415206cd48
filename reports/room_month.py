"""温湿度记录 (temperature and humidity record): a room's month by local hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from core.errors import Refused
from core.metrics import METRICS
from core.readings.rollups import Bucket, Rollup, join_probes
from core.rooms.places import Placement, PositionClass
from core.times import HOUR_MS, MINUTE_MS
from core.wording.bands import band
from i18n.language import Lang, translator
from reports.papers import Paper
from store.database import Databases
from store.history import History
from store.journal.series import all_series
from store.people.federation import federation
from store.readings.curves import by_hand
from store.rooms.limits import current
from store.rooms.places import Room, Site, placements_between, room, sites

QUARTER_MS = 15 * MINUTE_MS
"""The UTC offset of every time zone is a multiple of 15 minutes."""
_COLUMNS = (
    ("temperature", PositionClass.AIR, ("气温最低(℃)", "气温平均(℃)", "气温最高(℃)")),
    ("temperature", PositionClass.CORE, ("堆里最低(℃)", "堆里平均(℃)", "堆里最高(℃)")),
    ("humidity", PositionClass.AIR, ("湿度最低(%)", "湿度平均(%)", "湿度最高(%)")),
)


def room_month(
    dbs: Databases, history: History, room: int, year: int, month: int, lang: Lang, now: int | None = None
) -> pd.DataFrame:
    """One line per hour of the month (site's time zone) up to `now`: minimum, mean and maximum over all
    probes of a class (°C, %RH), and the number of air temperatures. An hour without readings is an
    empty line, or contains the manual reading, marked as such. Refused: unknown room or month."""
    month_data = RoomMonth.of(dbs, room, year, month, now)
    return _frame(dbs, history, month_data, lang)


def paper(dbs: Databases, history: History, room: int, year: int, month: int, lang: Lang, now: int) -> Paper:
    """The month as a paper for the inspector, with the limits and the number of measured hours."""
    _ = translator(lang)
    month_data = RoomMonth.of(dbs, room, year, month, now)
    frame = _frame(dbs, history, month_data, lang)
    count = _("读数(个)")
    heard = int((frame[count] > 0).sum())
    with dbs.records.read() as tx:
        federation_row, limits = federation(tx), current(tx, room)
    facts = {
        "room": month_data.room.name,
        "site": month_data.site.name,
        "year": year,
        "month": month,
    }
    title = _("%(room)s %(year)d年%(month)d月 温湿度记录") % facts
    notes = [
        _("%(federation)s · %(site)s · 时间按%(timezone)s")
        % {
            "federation": federation_row.name if federation_row else "",
            "site": month_data.site.name,
            "timezone": month_data.zone.key,
        },
        _("%(hours)d个小时里%(heard)d个有数;空着的一行是那一小时没数")
        % {"hours": len(frame), "heard": heard},
    ]
    air = [limit for limit in limits if (limit.metric, limit.position_class) == ("temperature", "air")]
    notes += [_("现在%(band)s") % {"band": band(limit).translated(_)} for limit in air]
    if _("备注") in frame.columns:
        rows = int((frame[_("备注")] != "").sum())
        notes.append(_("写着“人工”的%(rows)d行，那一小时探头没数，是人看温度表抄的") % {"rows": rows})
    if federation_row and federation_row.demo:
        notes.append(_("演示:这些数是模拟出来的"))
    decimals = {_(head): METRICS[metric].decimals for metric, _cls, heads in _COLUMNS for head in heads}
    name = _("%(room)s-%(year)d-%(month)02d-温湿度") % facts
    return Paper(name, title, tuple(notes), frame, {**decimals, count: 0})


@dataclass(frozen=True, slots=True)
class RoomMonth:
    room: Room
    site: Site
    zone: ZoneInfo
    start: int
    end: int

    @classmethod
    def of(cls, dbs: Databases, ident: int, year: int, month: int, now: int | None) -> "RoomMonth":
        with dbs.records.read() as tx:
            room_row = room(tx, ident)
            places = {site.id: site for site in sites(tx)}
        if room_row is None:
            raise Refused("unknown_room", "没有这个库")
        if not (2000 <= year < 2200 and 1 <= month <= 12):
            raise Refused("unknown_month", "没有这个月")
        site = places[room_row.site]
        zone = ZoneInfo(site.timezone)
        end = _ms(datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone))
        start = _ms(datetime(year, month, 1, tzinfo=zone))
        return cls(room_row, site, zone, start, end if now is None else max(start, min(end, now)))

    def hour_of(self, at: int) -> int:
        """Start (ms) of the local hour that contains `at`."""
        offset = datetime.fromtimestamp(at / 1000, self.zone).utcoffset()
        return at - (at + (round(offset.total_seconds() * 1000) if offset else 0)) % HOUR_MS


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _frame(dbs: Databases, history: History, month: RoomMonth, lang: Lang) -> pd.DataFrame:
    _ = translator(lang)
    hours = list(range(month.start, month.end, HOUR_MS))
    local = [datetime.fromtimestamp(at / 1000, UTC).astimezone(month.zone) for at in hours]
    columns: dict[str, Sequence[object]] = {_("时间"): [f"{moment:%Y-%m-%d %H:%M}" for moment in local]}
    counts: list[int] = [0] * len(hours)
    filled: set[int] = set()
    typed = by_hand(dbs, month.room.id)
    for metric, cls, heads in _COLUMNS:
        bucket_of = {bucket.at: bucket for bucket in _buckets(dbs, history, month, metric, cls)}
        if (metric, cls) == ("temperature", PositionClass.AIR):
            counts = [bucket_of[at].count if at in bucket_of else 0 for at in hours]
        for bucket in _buckets(dbs, history, month, metric, cls, typed):
            if bucket.at not in bucket_of:  # probes come first: manual readings only fill gaps
                bucket_of[bucket.at] = bucket
                filled.add(bucket.at)
        if cls == PositionClass.CORE and not bucket_of:
            continue  # most rooms have no probe in the pile
        by_hour = [bucket_of.get(at) for at in hours]
        places = METRICS[metric].decimals
        for head, value in zip(heads, ("min", "mean", "max"), strict=True):
            columns[_(head)] = [None if b is None else round(getattr(b, value), places) for b in by_hour]
    numbers = [head for head in columns if head != _("时间")]
    columns[_("读数(个)")] = counts
    if filled:
        columns[_("备注")] = [_("人工") if at in filled else "" for at in hours]
    return pd.DataFrame(columns).astype(dict.fromkeys(numbers, "float64"))


def _buckets(
    dbs: Databases,
    history: History,
    month: RoomMonth,
    metric: str,
    cls: PositionClass,
    typed: Sequence[Placement] | None = None,
) -> list[Bucket]:
    """Buckets of the probes placed in the room, or of the manual readings' thermometers (`typed`)."""
    with dbs.records.read() as tx:
        placed = placements_between(tx, month.room.id, month.start, month.end) if typed is None else typed
    stays = [place for place in placed if place.position_class == cls]
    with dbs.journal.read() as tx:
        series = {(s.device, s.position): s.id for s in all_series(tx).values() if s.metric == metric}
    whole = month.hour_of(month.start) % HOUR_MS == 0 and month.hour_of(month.end) % HOUR_MS == 0
    step = HOUR_MS if whole else QUARTER_MS
    rollups = [
        rollup._replace(at=month.hour_of(rollup.at))
        for stay in stays
        if (stay.device, stay.position) in series
        for rollup in _of_stay(history, series[stay.device, stay.position], stay, month, step)
    ]
    return join_probes(rollups)


def _of_stay(history: History, series: int, stay: Placement, month: RoomMonth, step: int) -> list[Rollup]:
    start = max(month.start, stay.valid_from)
    end = month.end if stay.valid_to is None else min(month.end, stay.valid_to)
    return history.rollups([series], start, end, step)
