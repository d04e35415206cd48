"""Manual readings: parsing the form, and rows that compare them with the probes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.errors import Refused
from core.metrics import TYPED
from core.readings.manual_readings import APART_K, ProbeComparison, disagreement, parse
from core.times import DAY_MS
from store.database import Databases
from store.history import History
from store.readings.manual_readings import compared, typed
from store.readings.manual_readings import manual_reading as one_typed
from store.rooms.places import Site
from web.base.forms import SubmittedForm
from web.base.localizer import N_, Localizer

LOOKED_BACK = 7 * DAY_MS
SHOWN = 4
LOOKS = 40
HIGHER, LOWER = N_("%(spot)s的探头一直比表高%(by)s度"), N_("%(spot)s的探头一直比表低%(by)s度")


@dataclass(frozen=True, slots=True)
class ManualReadingRow:
    """One manual reading as texts. `beside`: the probe's value at that time. `apart`: the two differ much."""

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


def manual_readings_view(
    dbs: Databases,
    history: History,
    words: Localizer,
    room: int,
    site: Site,
    names: Mapping[int, str],
    now: int,
) -> ManualReadingsView:
    """The room's latest manual readings of the last week, and hints about probes that keep deviating."""
    with dbs.journal.read() as tx:
        entered = typed(tx, room, now - LOOKED_BACK, most=LOOKS)
    comparisons = compared(dbs, history, entered)
    newest = sorted(comparisons, key=lambda comparison: -comparison.typed.at)[:SHOWN]
    return ManualReadingsView(
        [manual_reading_row(comparison, words, names, now, site.timezone) for comparison in newest],
        _hints(comparisons, words),
    )


def recorded_reading_text(dbs: Databases, history: History, words: Localizer, room: int, ident: int) -> str:
    """The stored reading as a sentence; empty if it belongs to another room."""
    with dbs.journal.read() as tx:
        entered = one_typed(tx, ident)
    if entered is None or entered.room != room:
        return ""
    beside = probe_difference_text(compared(dbs, history, [entered])[0], words)
    text = N_("记下了：%(spot)s%(says)s（%(beside)s）") if beside else N_("记下了：%(spot)s%(says)s")
    return words(text, spot=words.spot(entered.spot), says=values_text(entered.values, words), beside=beside)


def manual_reading_row(
    comparison: ProbeComparison, words: Localizer, names: Mapping[int, str], now: int, zone: str
) -> ManualReadingRow:
    entered = comparison.typed
    return ManualReadingRow(
        when=words.moment(entered.at, now, zone),
        spot=words.spot(entered.spot),
        says=values_text(comparison.typed.values, words),
        who=names.get(entered.by, ""),
        beside=probe_difference_text(comparison, words),
        apart=comparison.difference is not None and abs(comparison.difference) > APART_K,
    )


def values_text(values: Mapping[str, float], words: Localizer) -> str:
    return " ".join(words.measured(metric, values[metric]) for metric in TYPED if metric in values)


def probe_difference_text(comparison: ProbeComparison, words: Localizer) -> str:
    """`探头4.0度，高0.6度`; empty if no probe reported near that time."""
    if comparison.probe is None or comparison.difference is None:
        return ""
    probe, difference = words.degrees(comparison.probe), words.number(abs(comparison.difference))
    if difference == "0.0":
        return words("探头%(probe)s，一样", probe=probe)
    if comparison.difference > 0:
        return words("探头%(probe)s，高%(by)s度", probe=probe, by=difference)
    return words("探头%(probe)s，低%(by)s度", probe=probe, by=difference)


def _hints(comparisons: Sequence[ProbeComparison], words: Localizer) -> list[str]:
    by_spot: dict[str, list[ProbeComparison]] = defaultdict(list)
    for comparison in comparisons:
        by_spot[comparison.typed.spot].append(comparison)
    hints = []
    for spot, of_spot in by_spot.items():
        off = disagreement(of_spot)
        if off is not None:
            text = (
                N_("%(spot)s的探头一直比表高%(by)s度") if off > 0 else N_("%(spot)s的探头一直比表低%(by)s度")
            )
            hints.append(words(text, spot=words.spot(spot), by=words.number(abs(off))))
    return hints


def read_values(form: SubmittedForm, words: Localizer) -> dict[str, float]:
    """The typed numbers by metric. An invalid number gets an error at its field."""
    values = {}
    for metric in TYPED:
        if not form[metric]:
            continue
        try:
            values[metric] = parse(form[metric])
        except Refused as refused:
            form.wrong(metric, words(refused.text, **refused.facts))
    return values


def read_time(form: SubmittedForm, words: Localizer, zone: str, now: int) -> int | None:
    """Time of the reading (ms): the field `at` in the site's time zone, else now minus `waited`, the
    seconds that the phone waited for its network. None means now."""
    if form["at"]:
        try:
            read_at = datetime.fromisoformat(form["at"]).replace(tzinfo=ZoneInfo(zone))
            return round(read_at.timestamp() * 1000)
        except (ValueError, OverflowError):
            form.wrong("at", words("时间写不对，像2026-01-14 08:30这样写"))
            return None
    waited = form.whole("waited")
    return now - waited * 1000 if waited and waited < DAY_MS // 1000 else None


def submission_digest(form: SubmittedForm) -> str:
    """Checksum that recognises a repeated submit; ignores how long the phone waited."""
    return SubmittedForm({name: form.all(name) for name in form.names() if name != "waited"}).digest()
