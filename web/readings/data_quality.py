"""Doubtful probes and the reason, as texts for keepers."""

from collections.abc import Mapping, Sequence

from core.overview.doubted_probes import doubted_probes
from core.overview.status import ProbeNow
from core.readings.readings import Flag
from web.base.localizer import N_, Localizer

WHY: Mapping[Flag, str] = {
    Flag.STUCK: N_("一直不动"),
    Flag.PINNED: N_("停在一头不动"),
    Flag.STEP: N_("突然跳得离谱"),
    Flag.IMPLAUSIBLE: N_("不会有这个数"),
}


def doubt_text(flags: int, words: Localizer) -> str:
    """`数不准：一直不动`; empty if no flag is doubtful."""
    cause = next((text for flag, text in WHY.items() if flags & flag), None)
    return words("数不准：%(why)s", why=words(cause)) if cause else ""


def room_doubt_text(probes: Sequence[ProbeNow], measured: bool, words: Localizer, now: int) -> str:
    """`门边数不准`: the doubtful probes inside the room; empty if none. Includes the value if no other probe
    measures the air (`measured` is false)."""
    doubted = doubted_probes(probes, now)
    if not doubted:
        return ""
    first = doubted[0]
    spot = words.spot(first.spot)
    if len({(probe.device, probe.position) for probe in doubted}) > 1:
        return words("%(spot)s等%(n)s处数不准", spot=spot, n=len(doubted))
    if first.metric != "temperature":
        return words("%(spot)s%(metric)s数不准", spot=spot, metric=words.metric(first.metric))
    if measured:
        return words("%(spot)s数不准", spot=spot)
    return words("%(spot)s报%(value)s，数不准", spot=spot, value=words.degrees(first.value))
