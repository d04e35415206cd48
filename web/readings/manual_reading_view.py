"""抄表 on the pages: what was typed, what it says beside the probe, and what people read of late."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.errors import Refused
from core.readings.manual_readings import TYPED, ProbeComparison, apart, parse
from core.readings.readings import DAY_MS
from store.database import Databases
from store.history import History
from store.readings.manual_readings import compared, typed
from store.readings.manual_readings import one as one_typed
from store.rooms.places import Site
from web.base.forms import SubmittedForm
from web.base.localizer import N_, Localizer

LOOKED_BACK = 7 * DAY_MS
SHOWN = 4
LOOKS = 40
HIGHER, LOWER = N_("%(spot)s的探头一直比表高%(by)s度"), N_("%(spot)s的探头一直比表低%(by)s度")


@dataclass(frozen=True, slots=True)
class ManualReadingRow:
    """One look at a thermometer in words; `beside` what the probe said, `apart` that they differ much."""

    when: str
    spot: str
    says: str
    who: str
    beside: str
    apart: bool


@dataclass(frozen=True, slots=True)
class ManualReadingsView:
    lines: Sequence[ManualReadingRow]
    hints: Sequence[str]


def looks(
    dbs: Databases,
    history: History,
    words: Localizer,
    room: int,
    site: Site,
    names: Mapping[int, str],
    now: int,
) -> ManualReadingsView:
    """What people read in the room during the last week, and probes that disagree with it for long."""
    with dbs.journal.read() as tx:
        found = typed(tx, room, now - LOOKED_BACK, most=LOOKS)
    beside = compared(dbs, history, found)
    newest = sorted(beside, key=lambda one: -one.typed.at)[:SHOWN]
    return ManualReadingsView(
        [look(one, words, names, now, site.timezone) for one in newest], _hints(beside, words)
    )


def just_read(dbs: Databases, history: History, words: Localizer, room: int, ident: int) -> str:
    """What was just written down, as a sentence; nothing where it is none of this room."""
    with dbs.journal.read() as tx:
        found = one_typed(tx, ident)
    if found is None or found.room != room:
        return ""
    beside = beside_it(compared(dbs, history, [found])[0], words)
    text = N_("记下了：%(spot)s%(says)s（%(beside)s）") if beside else N_("记下了：%(spot)s%(says)s")
    return words(text, spot=words.spot(found.spot), says=says(found.values, words), beside=beside)


def look(
    one: ProbeComparison, words: Localizer, names: Mapping[int, str], now: int, zone: str
) -> ManualReadingRow:
    mine = one.typed
    return ManualReadingRow(
        when=words.moment(mine.at, now, zone),
        spot=words.spot(mine.spot),
        says=says(one.typed.values, words),
        who=names.get(mine.by, ""),
        beside=beside_it(one, words),
        apart=one.difference is not None and abs(one.difference) > 0.5,
    )


def says(values: Mapping[str, float], words: Localizer) -> str:
    return " ".join(words.measured(metric, values[metric]) for metric in TYPED if metric in values)


def beside_it(one: ProbeComparison, words: Localizer) -> str:
    """`探头4.0度，高0.6度`; nothing where no probe was near."""
    if one.probe is None or one.difference is None:
        return ""
    probe, difference = words.degrees(one.probe), f"{abs(one.difference):.1f}"
    if difference == "0.0":
        return words("探头%(probe)s，一样", probe=probe)
    if one.difference > 0:
        return words("探头%(probe)s，高%(by)s度", probe=probe, by=difference)
    return words("探头%(probe)s，低%(by)s度", probe=probe, by=difference)


def _hints(found: Sequence[ProbeComparison], words: Localizer) -> list[str]:
    by_spot: dict[str, list[ProbeComparison]] = defaultdict(list)
    for one in found:
        by_spot[one.typed.spot].append(one)
    said = []
    for spot, mine in by_spot.items():
        off = apart(mine)
        if off is not None:
            text = (
                N_("%(spot)s的探头一直比表高%(by)s度") if off > 0 else N_("%(spot)s的探头一直比表低%(by)s度")
            )
            said.append(words(text, spot=words.spot(spot), by=f"{abs(off):.1f}"))
    return said


def read_values(form: SubmittedForm, words: Localizer) -> dict[str, float]:
    """The numbers that were typed; what is none gets its sentence at its field."""
    found = {}
    for metric in TYPED:
        if not form[metric]:
            continue
        try:
            found[metric] = parse(form[metric])
        except Refused as refused:
            form.wrong(metric, words(refused.text, **refused.facts))
    return found


def read_time(form: SubmittedForm, words: Localizer, zone: str, now: int) -> int | None:
    """When it was read: as written down for later (`at`, the site's clock), else as long ago as the phone
    says that it waited for its network (`waited`, seconds), else now (`None`)."""
    if form["at"]:
        try:
            there = datetime.fromisoformat(form["at"]).replace(tzinfo=ZoneInfo(zone))
            return round(there.timestamp() * 1000)
        except (ValueError, OverflowError):
            form.wrong("at", words("时间写不对，像2026-01-14 08:30这样写"))
            return None
    waited = form.whole("waited")
    return now - waited * 1000 if waited and waited < DAY_MS // 1000 else None


def said_once(form: SubmittedForm) -> str:
    """What was typed, without how long the phone waited: a repetition is known by it."""
    return SubmittedForm({name: form.all(name) for name in form.names() if name != "waited"}).digest()
