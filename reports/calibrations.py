"""校验记录 (calibration record): every calibration of every probe, for the inspector."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pandas as pd

from core.metrics import METRICS, name_of
from core.readings.calibrations import METHODS, calibration_due
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

_DUES = {"never": "", "fine": "有效", "soon": "快到期", "over": "过期"}
_HEADS = (
    *("日期", "探头", "设备编号", "现在在哪", "指标", "单位", "该是", "它说", "差值"),
    *("从何时起算", "怎么校的", "证书号", "谁校的", "管到哪天", "现在", "备注"),
)


def calibrations_table(dbs: Databases, lang: Lang, now: int) -> pd.DataFrame:
    """One line per calibration, newest first; dates in the time zone of the device's site. Only the last
    calibration of a series shows whether it is still valid."""
    _ = translator(lang)
    with dbs.records.read() as tx:
        every_calibration = calibrations(tx)
        zones = timezones(tx)
        places = room_names(tx)
        placement_of = {(placement.device, placement.position): placement for placement in placements(tx)}
        given_names = names(tx)
        people_by_id = people_names(tx)
    with dbs.journal.read() as tx:
        own_names = reported_names(tx)
    last = {calibration.id for calibration in last_of(every_calibration).values()}

    rows = []
    for calibration in every_calibration:
        moment = partial(_moment, ZoneInfo(zones.of_device(calibration.device)))
        place = placement_of.get((calibration.device, calibration.position))
        name = (
            given_names[calibration.device].name
            if calibration.device in given_names
            else own_names.get(calibration.device) or calibration.device
        )
        rows.append(
            (
                moment(calibration.done_at),
                f"{name} / {calibration.position}" if calibration.position else name,
                calibration.device,
                f"{places.get(place.room, '')} {_(SPOTS[place.spot][0])}" if place else "",
                name_of(calibration.metric).translated(_),
                METRICS[calibration.metric].unit,
                calibration.reference,
                calibration.measured,
                calibration.offset,
                moment(calibration.valid_from, "%Y-%m-%d %H:%M"),
                _(METHODS.get(calibration.method, calibration.method)),
                calibration.certificate,
                people_by_id.get(calibration.by or 0, ""),
                "" if calibration.due_at is None else moment(calibration.due_at),
                _(_DUES[calibration_due(calibration.due_at, now)])
                if calibration.id in last and calibration.due_at
                else "",
                calibration.note,
            )
        )
    numbers = dict.fromkeys((_("该是"), _("它说"), _("差值")), "float64")
    return pd.DataFrame(rows, columns=[_(head) for head in _HEADS]).astype(numbers)


def _moment(zone: ZoneInfo, at: int, form: str = "%Y-%m-%d") -> str:
    return datetime.fromtimestamp(at / 1000, zone).strftime(form)


def paper(dbs: Databases, lang: Lang, now: int) -> Paper:
    """The record as a paper, with notes on how to read it."""
    _ = translator(lang)
    frame = calibrations_table(dbs, lang, now)
    with dbs.records.read() as tx:
        federation_row = federation(tx)
        zone = federation_timezone(tx)
    day = datetime.fromtimestamp(now / 1000, ZoneInfo(zone))
    whose = federation_row.name if federation_row else ""
    notes = [
        _("差值从“从何时起算”的钟点起加到读数上,原来的数都留着"),
        _("打印时间 %(moment)s") % {"moment": f"{day:%Y-%m-%d %H:%M}"},
    ]
    if federation_row and federation_row.demo:
        notes.append(_("演示:这些数是模拟出来的"))
    decimals = dict.fromkeys((_("该是"), _("它说"), _("差值")), 2)
    name = _("%(whose)s-校验记录-%(day)s") % {"whose": whose, "day": f"{day:%Y-%m-%d}"}
    return Paper(name, _("%(whose)s 校验记录") % {"whose": whose}, tuple(notes), frame, decimals)
