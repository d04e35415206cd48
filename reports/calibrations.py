"""校验记录: every calibration of every probe, for the inspector."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pandas as pd

from core.readings.calibrations import METHODS, due
from core.readings.readings import METRICS
from core.rooms.places import SPOTS
from i18n.language import Lang, translator
from reports.papers import Paper
from store.database import Databases
from store.devices.device_names import names
from store.devices.devices import reported_names
from store.people.federation import federation
from store.people.people import people_names
from store.readings.calibrations import calibrations, last_of
from store.rooms.places import placements, room_names
from store.rooms.timezones import federation_timezone, timezones

_METRICS = {"temperature": "温度", "humidity": "湿度", "co2": "二氧化碳", "co": "一氧化碳"}
_DUES = {"never": "", "fine": "有效", "soon": "快到期", "over": "过期"}
_HEADS = (
    *("日期", "探头", "设备编号", "现在在哪", "指标", "单位", "该是", "它说", "差值"),
    *("从何时起算", "怎么校的", "证书号", "谁校的", "管到哪天", "现在", "备注"),
)


def calibrations_table(dbs: Databases, lang: Lang, now: int) -> pd.DataFrame:
    """One line per calibration, the latest first; days by the clock of the device's site. Of a series only
    the last one says whether it still holds."""
    _ = translator(lang)
    with dbs.records.read() as tx:
        found = calibrations(tx)
        zones = timezones(tx)
        places = room_names(tx)
        standing = {(one.device, one.position): one for one in placements(tx)}
        called = names(tx)
        who = people_names(tx)
    with dbs.journal.read() as tx:
        own = reported_names(tx)
    last = {one.id for one in last_of(found).values()}

    rows = []
    for one in found:
        moment = partial(_moment, ZoneInfo(zones.of_device(one.device)))
        place = standing.get((one.device, one.position))
        name = called[one.device].name if one.device in called else own.get(one.device) or one.device
        rows.append(
            (
                moment(one.done_at),
                f"{name} / {one.position}" if one.position else name,
                one.device,
                f"{places.get(place.room, '')} {_(SPOTS[place.spot][0])}" if place else "",
                _(_METRICS.get(one.metric, one.metric)),
                METRICS[one.metric].unit,
                one.reference,
                one.measured,
                one.offset,
                moment(one.valid_from, "%Y-%m-%d %H:%M"),
                _(METHODS.get(one.method, one.method)),
                one.certificate,
                who.get(one.by or 0, ""),
                "" if one.due_at is None else moment(one.due_at),
                _(_DUES[due(one.due_at, now)]) if one.id in last and one.due_at else "",
                one.note,
            )
        )
    numbers = dict.fromkeys((_("该是"), _("它说"), _("差值")), "float64")
    return pd.DataFrame(rows, columns=[_(head) for head in _HEADS]).astype(numbers)


def _moment(zone: ZoneInfo, at: int, form: str = "%Y-%m-%d") -> str:
    return datetime.fromtimestamp(at / 1000, zone).strftime(form)


def paper(dbs: Databases, lang: Lang, now: int) -> Paper:
    """The record, with how it is meant."""
    _ = translator(lang)
    frame = calibrations_table(dbs, lang, now)
    with dbs.records.read() as tx:
        house = federation(tx)
        zone = federation_timezone(tx)
    day = datetime.fromtimestamp(now / 1000, ZoneInfo(zone))
    whose = house.name if house else ""
    notes = [
        _("差值从“从何时起算”的钟点起加到读数上,原来的数都留着"),
        _("打印时间 %(moment)s") % {"moment": f"{day:%Y-%m-%d %H:%M}"},
    ]
    if house and house.demo:
        notes.append(_("演示:这些数是模拟出来的"))
    decimals = dict.fromkeys((_("该是"), _("它说"), _("差值")), 2)
    name = _("%(whose)s-校验记录-%(day)s") % {"whose": whose, "day": f"{day:%Y-%m-%d}"}
    return Paper(name, _("%(whose)s 校验记录") % {"whose": whose}, tuple(notes), frame, decimals)
