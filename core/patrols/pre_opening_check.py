"""The decisions of the pre-opening check (开库前体检): facts in, probe result for each thing found. Their
sentences are in core.patrols.pre_opening_check_texts; what the machine itself needs is judged by
core.overview.machine_health."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.overview.check_results import CheckResult, CheckVerdict
from core.readings.calibrations import CalibrationDue
from core.readings.readings import DAY_MS

BATTERY_LOW, BATTERY_HALF = 20.0, 40.0
APART_EMPTY_K, APART_IN_USE_K, APART_BAD_K = 1.0, 3.0, 3.0
TEXTS_LOW, TEXTS_FEW = 50, 200
MONEY_LOW, MONEY_FEW = 10.0, 30.0
ROSTER_FOR = 21 * DAY_MS
PHONE_QUIET_AFTER = 30 * DAY_MS


class CheckedProbe(NamedTuple):
    """A probe that stands in a room. `quiet` ms since it was heard, nothing: never; `value` its air
    temperature where it is fresh and believable. Clocks: `off` ms by which it is known to be wrong."""

    room: str
    spot: str
    quiet: int | None
    quiet_after: int
    doubtful: bool
    value: float | None
    battery: float | None
    clock_wrong: bool
    off: int | None
    due: CalibrationDue
    due_day: str
    calibrated: bool


class CheckedRoom(NamedTuple):
    """`at_rest`: empty or resting, so the air is the same everywhere."""

    name: str
    at_rest: bool
    probes: Sequence[CheckedProbe]


class SmsCredit(NamedTuple):
    """What a channel can say: how many texts are left, how much money (yuan) is on the card."""

    texts: int | None = None
    money: float | None = None


class DutyCover(NamedTuple):
    """Somebody of the next weeks' roster; `quiet` ms since a text of theirs, nothing: never."""

    name: str
    phone: bool
    quiet: int | None
    failed: bool


def _or_fine(results: list[CheckResult], fine: CheckResult) -> list[CheckResult]:
    return results or [fine]


def _facts(probe: CheckedProbe, **more: object) -> dict[str, object]:
    return {"room": probe.room, "spot": probe.spot, **more}


def probes(rooms: Sequence[CheckedRoom]) -> list[CheckResult]:
    """Each probe heard within its own interval, and believable; no room without probe."""
    results = [
        CheckResult("room_bare", CheckVerdict.BAD, {"room": room.name}) for room in rooms if not room.probes
    ]
    every = [probe for room in rooms for probe in room.probes]
    for probe in every:
        if probe.quiet is None:
            results.append(CheckResult("probe_never", CheckVerdict.BAD, _facts(probe)))
        elif probe.quiet > probe.quiet_after:
            results.append(CheckResult("probe_silent", CheckVerdict.BAD, _facts(probe, long_ms=probe.quiet)))
        elif probe.doubtful:
            results.append(CheckResult("probe_doubtful", CheckVerdict.BAD, _facts(probe)))
    return _or_fine(results, CheckResult("probes_heard", CheckVerdict.OK, {"n": len(every)}))


def spread(rooms: Sequence[CheckedRoom]) -> list[CheckResult]:
    """The air's probes of probe room against each other."""
    results, compared = [], 0
    for room in rooms:
        values = [probe.value for probe in room.probes if probe.value is not None]
        if len(values) < 2:
            continue
        compared += 1
        by = max(values) - min(values)
        if by > (APART_EMPTY_K if room.at_rest else APART_IN_USE_K):
            verdict = CheckVerdict.BAD if room.at_rest and by > APART_BAD_K else CheckVerdict.LOOK
            facts = {"low": f"{min(values):.1f}", "high": f"{max(values):.1f}", "by": f"{by:.1f}"}
            results.append(CheckResult("probes_apart", verdict, {"room": room.name, **facts}))
    if not compared:
        return [CheckResult("one_probe_only", CheckVerdict.LOOK)]
    return _or_fine(results, CheckResult("probes_agree", CheckVerdict.OK, {"n": compared}))


def clocks(rooms: Sequence[CheckedRoom], own_clock: CheckResult) -> list[CheckResult]:
    """`own_clock` is the machine's (core.overview.machine_health); it has a line only if it is wrong."""
    results = [] if own_clock.verdict == CheckVerdict.OK else [own_clock]
    for probe in (probe for room in rooms for probe in room.probes):
        if probe.off is not None:
            results.append(CheckResult("clock_off", CheckVerdict.LOOK, _facts(probe, long_ms=abs(probe.off))))
        elif probe.clock_wrong:
            results.append(CheckResult("clock_wrong", CheckVerdict.LOOK, _facts(probe)))
    return _or_fine(results, CheckResult("clocks_right", CheckVerdict.OK))


def batteries(rooms: Sequence[CheckedRoom]) -> list[CheckResult]:
    powered = [probe for room in rooms for probe in room.probes if probe.battery is not None]
    if not powered:
        return [CheckResult("batteries_unknown", CheckVerdict.LOOK)]
    results = []
    for probe in powered:
        percent = round(probe.battery or 0)
        if percent < BATTERY_LOW:
            results.append(CheckResult("battery_low", CheckVerdict.BAD, _facts(probe, percent=percent)))
        elif percent < BATTERY_HALF:
            results.append(CheckResult("battery_half", CheckVerdict.LOOK, _facts(probe, percent=percent)))
    return _or_fine(results, CheckResult("batteries_full", CheckVerdict.OK, {"n": len(powered)}))


def calibration(rooms: Sequence[CheckedRoom]) -> list[CheckResult]:
    results = []
    every = [probe for room in rooms for probe in room.probes]
    for room in rooms:
        never = [probe.spot for probe in room.probes if not probe.calibrated]
        if never:
            results.append(
                CheckResult("never_calibrated", CheckVerdict.LOOK, {"room": room.name, "spots": never})
            )
    for probe in every:
        if probe.calibrated and probe.due == CalibrationDue.OVER:
            results.append(
                CheckResult("calibration_over", CheckVerdict.BAD, _facts(probe, day=probe.due_day))
            )
        elif probe.calibrated and probe.due == CalibrationDue.SOON:
            results.append(
                CheckResult("calibration_soon", CheckVerdict.LOOK, _facts(probe, day=probe.due_day))
            )
    return _or_fine(results, CheckResult("calibrated", CheckVerdict.OK, {"n": len(every)})) if every else []


def _enough(amount: float, few: float, low: float) -> CheckVerdict:
    if amount < low:
        return CheckVerdict.BAD
    return CheckVerdict.LOOK if amount < few else CheckVerdict.OK


def credit(left: SmsCredit | None, *, away: bool = False) -> list[CheckResult]:
    """What the channel says is `left`; `away`: it could not be asked."""
    if away:
        return [CheckResult("channel_away", CheckVerdict.BAD)]
    if left is None or (left.texts is None and left.money is None):
        return [CheckResult("credit_unknown", CheckVerdict.LOOK)]
    results = []
    if left.texts is not None:
        verdict = _enough(left.texts, TEXTS_FEW, TEXTS_LOW)
        code = "credit_fine" if verdict == CheckVerdict.OK else "credit_low"
        results.append(CheckResult(code, verdict, {"texts": left.texts}))
    if left.money is not None:
        verdict = _enough(left.money, MONEY_FEW, MONEY_LOW)
        code = "money_fine" if verdict == CheckVerdict.OK else "money_low"
        results.append(CheckResult(code, verdict, {"money": f"{left.money:.2f}"}))
    return results


def phones(people: Sequence[DutyCover]) -> list[CheckResult]:
    results = []
    for person in people:
        facts = {"name": person.name}
        if not person.phone:
            results.append(CheckResult("phone_none", CheckVerdict.BAD, facts))
        elif person.failed:
            results.append(CheckResult("phone_failed", CheckVerdict.BAD, facts))
        elif person.quiet is None or person.quiet > PHONE_QUIET_AFTER:
            results.append(CheckResult("phone_quiet", CheckVerdict.LOOK, facts))
    return (
        _or_fine(results, CheckResult("phones_answer", CheckVerdict.OK, {"n": len(people)})) if people else []
    )


def first_gap(duties: Iterable[tuple[int, int]], start: int, end: int) -> int | None:
    """The first moment of [start, end) on which nobody is on duty."""
    at = start
    for begins, ends in sorted(duties):
        if begins > at:
            break
        at = max(at, ends)
    return at if at < end else None


def roster(sites: Iterable[tuple[str, int | None, str]], now: int) -> list[CheckResult]:
    """(site, first moment without anybody, its day)."""
    results = []
    for site, gap, day in sites:
        if gap is not None and gap <= now:
            results.append(CheckResult("roster_none", CheckVerdict.BAD, {"site": site}))
        elif gap is not None:
            results.append(CheckResult("roster_gap", CheckVerdict.LOOK, {"site": site, "day": day}))
    return _or_fine(results, CheckResult("roster_full", CheckVerdict.OK))
