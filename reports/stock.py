"""存货 (stock on hand): goods by lot and room, with owner and days in storage."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from core.stock.weights import GRAMS_PER_JIN
from i18n.language import Lang, either, translator
from reports.papers import Paper
from store.catalogue.produce import produce
from store.database import Databases
from store.people.federation import cooperative_names, cooperatives, federation
from store.rooms.places import rooms, sites
from store.rooms.timezones import federation_timezone
from store.stock.stock_list import stock


def stock_table(dbs: Databases, cooperative: int | None, lang: Lang, now: int) -> pd.DataFrame:
    """One line per lot and room, of one cooperative or of all. Weights in 斤 (kg if the federation uses kg)
    and in tonnes; the date of receipt is in the site's time zone."""
    _ = translator(lang)
    with dbs.records.read() as tx:
        lines = stock(tx, cooperative)
        kinds, owners = produce(tx), cooperative_names(tx)
        places, grounds = {room.id: room for room in rooms(tx)}, {site.id: site for site in sites(tx)}
        house = federation(tx)
    jin = house is None or house.weight_unit == "jin"
    rows = []
    for line in lines:
        room, kind = places[line.room], kinds[line.produce]
        zone = ZoneInfo(grounds[room.site].timezone)
        rows.append(
            (
                either(lang, kind.name, kind.name_en),
                line.variety,
                owners[line.cooperative],
                grounds[room.site].name,
                room.name,
                line.lot,
                line.bags,
                round(line.grams / GRAMS_PER_JIN if jin else line.kg, 3),
                line.grams / 1_000_000,
                f"{datetime.fromtimestamp(line.since / 1000, zone):%Y-%m-%d}",
                line.days(now),
            )
        )
    heads = [_(head) for head in _heads(jin)]
    return pd.DataFrame(rows, columns=heads).astype({_("袋(约)"): "Int64"})


def _heads(jin: bool) -> tuple[str, ...]:
    weight = "斤" if jin else "公斤"
    return ("货", "品种", "合作社", "库区", "库", "批次", "袋(约)", weight, "吨", "入库日", "存了几天")


def paper(dbs: Databases, cooperative: int | None, lang: Lang, now: int) -> Paper:
    """The list as a paper, with total weights."""
    _ = translator(lang)
    frame = stock_table(dbs, cooperative, lang, now)
    with dbs.records.read() as tx:
        federation_row = federation(tx)
        owner = next(
            (
                cooperative_row.name
                for cooperative_row in cooperatives(tx)
                if cooperative_row.id == cooperative
            ),
            "",
        )
        zone = federation_timezone(tx)
    whose = owner or (federation_row.name if federation_row else "")
    moment = datetime.fromtimestamp(now / 1000, ZoneInfo(zone))
    notes = [_("打印时间 %(moment)s") % {"moment": f"{moment:%Y-%m-%d %H:%M}"}]
    if federation_row and federation_row.demo:
        notes.append(_("演示:这些数是模拟出来的"))
    weight = _("斤") if _("斤") in frame.columns else _("公斤")
    name = _("%(whose)s-存货-%(day)s") % {"whose": whose, "day": f"{moment:%Y-%m-%d}"}
    decimals = {weight: 1, _("吨"): 3}
    totals = (_("袋(约)"), weight, _("吨"))
    return Paper(name, _("%(whose)s 存货") % {"whose": whose}, tuple(notes), frame, decimals, totals)
