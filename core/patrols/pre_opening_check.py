"""Decisions of the pre-opening check (开库前体检): from facts to check results. Their sentences are in
core.patrols.pre_opening_check_texts. core.overview.machine_health checks the machine itself."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.overview.check_results import CheckResult, CheckVerdict
from core.readings.calibrations import CalibrationDue
from core.times import DAY_MS

BATTERY_LOW, BATTERY_HALF = 20.0, 40.0
APART_EMPTY_K, APART_IN_USE_K, APART_BAD_K = 1.0, 3.0, 3.0
TEXTS_LOW, TEXTS_FEW = 50, 200
MONEY_LOW, MONEY_FEW = 10.0, 30.0
ROSTER_FOR = 21 * DAY_MS
PHONE_QUIET_AFTER = 30 * DAY_MS


class CheckedProbe(NamedTuple):
    """A probe placed in a room. `quiet`: ms since its last report, None without any. `value`: its air
    temperature if fresh and plausible. `off`: known offset (ms) of its clock."""

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
    """`at_rest`: empty or closed for the season, so the air has the same temperature everywhere."""

    name: str
    at_rest: bool
    probes: Sequence[CheckedProbe]


class SmsCredit(NamedTuple):
    """A channel's remaining texts and money (yuan); None if it does not report them."""

    texts: int | None = None
    money: float | None = None


class DutyCover(NamedTuple):
    """A person on duty in the next weeks. `quiet`: ms since their last text, None without any."""

    name: str
    phone: bool
    quiet: int | None
    failed: bool


def _or_fine(results: list[CheckResult], fine: CheckResult) -> list[CheckResult]:
    return results or [fine]


def _facts(probe: CheckedProbe, **more: object) -> dict[str, object]:
    return {"room": probe.room, "spot": probe.spot, **more}


def probes(rooms: Sequence[CheckedRoom]) -> list[CheckResult]:
    """Every probe reports within its interval and is plausible, and every room has a probe."""
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
    """Compares the air probes of each room."""
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
    """`own_clock` is the machine's (core.overview.machine_health); it is listed only if it is wrong."""
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
    """`left`: the channel's credit; `away`: the channel is unreachable."""
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
    """The first time in [start, end) without anybody on duty; None if there is none."""
    at = start
    for begins, ends in sorted(duties):
        if begins > at:
            break
        at = max(at, ends)
    return at if at < end else None


def roster(sites: Iterable[tuple[str, int | None, str]], now: int) -> list[CheckResult]:
    """Takes (site, first time without anybody on duty, its day)."""
    results = []
    for site, gap, day in sites:
        if gap is not None and gap <= now:
            results.append(CheckResult("roster_none", CheckVerdict.BAD, {"site": site}))
        elif gap is not None:
            results.append(CheckResult("roster_gap", CheckVerdict.LOOK, {"site": site, "day": day}))
    return _or_fine(results, CheckResult("roster_full", CheckVerdict.OK))
