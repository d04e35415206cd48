"""开库前体检: what must be well before the goods come. Facts in; out come lines, 好, 要看 or 坏, with what
to do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from core.readings.calibrations import CalibrationDue
from core.readings.readings import DAY_MS, HOUR_MS, MINUTE_MS
from core.rooms.places import SPOTS


def N_(text: str) -> str:
    """Marks a text for the catalogue that is translated later."""
    return text


class CheckVerdict(StrEnum):
    OK = "ok"
    LOOK = "look"
    BAD = "bad"


WORDS: dict[CheckVerdict, str] = {
    CheckVerdict.OK: N_("好"),
    CheckVerdict.LOOK: N_("要看"),
    CheckVerdict.BAD: N_("坏"),
}
RANK = {CheckVerdict.BAD: 0, CheckVerdict.LOOK: 1, CheckVerdict.OK: 2}
"""Worst first."""


class CheckResult(NamedTuple):
    """One finding: `code` is a key of `SAID`, `facts` are what stands in its sentences."""

    code: str
    word: CheckVerdict
    facts: Mapping[str, object] = {}


class CheckSentence(NamedTuple):
    topic: str
    found: str
    todo: str = ""


PROBES, SPREAD, CLOCKS = N_("探头"), N_("探头互相比"), N_("时钟")
BATTERIES, CALIBRATION = N_("电池"), N_("校验")
CREDIT, PHONES, ROSTER = N_("短信和话费"), N_("手机"), N_("值班")
BROKER, DISK = N_("收数情况"), N_("磁盘")
TOPICS = (PROBES, SPREAD, CLOCKS, BATTERIES, CALIBRATION, CREDIT, PHONES, ROSTER, BROKER, DISK)

SAID: dict[str, CheckSentence] = {
    "probes_heard": CheckSentence(PROBES, N_("%(n)d个探头都有数")),
    "probe_silent": CheckSentence(
        PROBES, N_("%(room)s%(spot)s %(long_ms)s没数"), N_("看电、看信号，换电池或换探头")
    ),
    "probe_never": CheckSentence(
        PROBES, N_("%(room)s%(spot)s 从来没来过数"), N_("看通电没有，在“设备”里重新认一遍")
    ),
    "probe_doubtful": CheckSentence(PROBES, N_("%(room)s%(spot)s 数不准"), N_("看接线，不行换探头")),
    "room_bare": CheckSentence(PROBES, N_("%(room)s还没放探头"), N_("至少门边和最里各放一个")),
    "probes_agree": CheckSentence(SPREAD, N_("%(n)d个库里各探头差不多")),
    "probes_apart": CheckSentence(
        SPREAD,
        N_("%(room)s各处差%(by)s度（%(low)s到%(high)s）"),
        N_("空库里各处该一样：把探头放进冰水校一遍"),
    ),
    "one_probe_only": CheckSentence(
        SPREAD, N_("没有两个探头在一起能比的库"), N_("每个库放两个以上的探头才能互相比")
    ),
    "clocks_right": CheckSentence(CLOCKS, N_("设备的时钟都对")),
    "clock_off": CheckSentence(
        CLOCKS, N_("%(room)s%(spot)s的设备时钟差%(long_ms)s"), N_("在设备上把时区和时间设对")
    ),
    "clock_wrong": CheckSentence(
        CLOCKS, N_("%(room)s%(spot)s的设备时钟不对"), N_("断电再通电，让它重新对时")
    ),
    "own_clock": CheckSentence(CLOCKS, N_("这台机器的钟慢了"), N_("联网对时，或手工把时间设对")),
    "batteries_full": CheckSentence(BATTERIES, N_("%(n)d个报电量的设备，电都够")),
    "battery_low": CheckSentence(BATTERIES, N_("%(room)s%(spot)s只剩%(percent)d%%的电"), N_("开库前换电池")),
    "battery_half": CheckSentence(
        BATTERIES, N_("%(room)s%(spot)s还有%(percent)d%%的电"), N_("冷了掉电快，最好开库前换掉")
    ),
    "batteries_unknown": CheckSentence(
        BATTERIES, N_("没有设备报自己的电量"), N_("装电池的探头，开库前换一遍新电池")
    ),
    "calibrated": CheckSentence(CALIBRATION, N_("%(n)d个探头都在有效期里")),
    "never_calibrated": CheckSentence(
        CALIBRATION, N_("%(room)s的%(spots)s从没校过"), N_("冰水里放10分钟，记为0度")
    ),
    "calibration_over": CheckSentence(CALIBRATION, N_("%(room)s%(spot)s的校验%(day)s到期了"), N_("再校一次")),
    "calibration_soon": CheckSentence(
        CALIBRATION, N_("%(room)s%(spot)s的校验%(day)s到期"), N_("趁开库前一起校了")
    ),
    "credit_fine": CheckSentence(CREDIT, N_("短信还能发%(texts)d条")),
    "credit_low": CheckSentence(CREDIT, N_("短信只剩%(texts)d条"), N_("充值或再买一包")),
    "money_low": CheckSentence(CREDIT, N_("卡里只剩%(money)s元"), N_("充话费，余额不够发不出短信")),
    "money_fine": CheckSentence(CREDIT, N_("卡里还有%(money)s元")),
    "credit_unknown": CheckSentence(
        CREDIT, N_("短信和话费还剩多少，这里查不到"), N_("到运营商的App或短信平台上看一眼")
    ),
    "channel_away": CheckSentence(CREDIT, N_("短信通道连不上"), N_("看发短信的设备或账号，修好再开库")),
    "phones_answer": CheckSentence(PHONES, N_("值班的%(n)d个人近30天都回过短信")),
    "phone_quiet": CheckSentence(PHONES, N_("%(name)s近30天没回过短信"), N_("给他试响一遍，让他回1")),
    "phone_failed": CheckSentence(PHONES, N_("发给%(name)s的短信没发出去"), N_("核对号码，再给他试响一遍")),
    "phone_none": CheckSentence(PHONES, N_("%(name)s要值班，没留电话"), N_("在“人员”里补上号码")),
    "roster_full": CheckSentence(ROSTER, N_("往后3周都排好了")),
    "roster_gap": CheckSentence(ROSTER, N_("%(site)s从%(day)s起没人值班"), N_("在“排班”里排上")),
    "roster_none": CheckSentence(ROSTER, N_("%(site)s现在没人值班"), N_("马上在“排班”里排上")),
    "broker_fine": CheckSentence(BROKER, N_("收数正常")),
    "listener-silent": CheckSentence(BROKER, N_("收数的程序没动静"), N_("重启这台机器，不行找技术员")),
    "broker-not-connected": CheckSentence(BROKER, N_("收数的程序连不上消息服务器"), N_("看消息服务器和网")),
    "disk_fine": CheckSentence(DISK, N_("磁盘还空%(percent)d%%（%(gb)sGB）")),
    "disk_low": CheckSentence(DISK, N_("磁盘只剩%(percent)d%%（%(gb)sGB）"), N_("清理磁盘或换大的")),
}

BATTERY_LOW, BATTERY_HALF = 20.0, 40.0
APART_EMPTY_K, APART_IN_USE_K, APART_BAD_K = 1.0, 3.0, 3.0
TEXTS_LOW, TEXTS_FEW = 50, 200
MONEY_LOW, MONEY_FEW = 10.0, 30.0
DISK_LOW, DISK_FEW = 0.05, 0.15
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


def _all_or(found: list[CheckResult], fine: CheckResult) -> list[CheckResult]:
    return found or [fine]


def _at(one: CheckedProbe, **more: object) -> dict[str, object]:
    return {"room": one.room, "spot": one.spot, **more}


def probes(rooms: Sequence[CheckedRoom]) -> list[CheckResult]:
    """Each probe heard within its own interval, and believable; no room without one."""
    found = [
        CheckResult("room_bare", CheckVerdict.BAD, {"room": room.name}) for room in rooms if not room.probes
    ]
    every = [probe for room in rooms for probe in room.probes]
    for one in every:
        if one.quiet is None:
            found.append(CheckResult("probe_never", CheckVerdict.BAD, _at(one)))
        elif one.quiet > one.quiet_after:
            found.append(CheckResult("probe_silent", CheckVerdict.BAD, _at(one, long_ms=one.quiet)))
        elif one.doubtful:
            found.append(CheckResult("probe_doubtful", CheckVerdict.BAD, _at(one)))
    return _all_or(found, CheckResult("probes_heard", CheckVerdict.OK, {"n": len(every)}))


def spread(rooms: Sequence[CheckedRoom]) -> list[CheckResult]:
    """The air's probes of one room against each other."""
    found, compared = [], 0
    for room in rooms:
        values = [one.value for one in room.probes if one.value is not None]
        if len(values) < 2:
            continue
        compared += 1
        by = max(values) - min(values)
        if by > (APART_EMPTY_K if room.at_rest else APART_IN_USE_K):
            word = CheckVerdict.BAD if room.at_rest and by > APART_BAD_K else CheckVerdict.LOOK
            facts = {"low": f"{min(values):.1f}", "high": f"{max(values):.1f}", "by": f"{by:.1f}"}
            found.append(CheckResult("probes_apart", word, {"room": room.name, **facts}))
    if not compared:
        return [CheckResult("one_probe_only", CheckVerdict.LOOK)]
    return _all_or(found, CheckResult("probes_agree", CheckVerdict.OK, {"n": compared}))


def clocks(rooms: Sequence[CheckedRoom], *, own_behind: bool) -> list[CheckResult]:
    found = [CheckResult("own_clock", CheckVerdict.BAD)] if own_behind else []
    for one in (probe for room in rooms for probe in room.probes):
        if one.off is not None:
            found.append(CheckResult("clock_off", CheckVerdict.LOOK, _at(one, long_ms=abs(one.off))))
        elif one.clock_wrong:
            found.append(CheckResult("clock_wrong", CheckVerdict.LOOK, _at(one)))
    return _all_or(found, CheckResult("clocks_right", CheckVerdict.OK))


def batteries(rooms: Sequence[CheckedRoom]) -> list[CheckResult]:
    known = [one for room in rooms for one in room.probes if one.battery is not None]
    if not known:
        return [CheckResult("batteries_unknown", CheckVerdict.LOOK)]
    found = []
    for one in known:
        percent = round(one.battery or 0)
        if percent < BATTERY_LOW:
            found.append(CheckResult("battery_low", CheckVerdict.BAD, _at(one, percent=percent)))
        elif percent < BATTERY_HALF:
            found.append(CheckResult("battery_half", CheckVerdict.LOOK, _at(one, percent=percent)))
    return _all_or(found, CheckResult("batteries_full", CheckVerdict.OK, {"n": len(known)}))


def calibration(rooms: Sequence[CheckedRoom]) -> list[CheckResult]:
    found = []
    every = [probe for room in rooms for probe in room.probes]
    for room in rooms:
        never = [one.spot for one in room.probes if not one.calibrated]
        if never:
            found.append(
                CheckResult("never_calibrated", CheckVerdict.LOOK, {"room": room.name, "spots": never})
            )
    for one in every:
        if one.calibrated and one.due == CalibrationDue.OVER:
            found.append(CheckResult("calibration_over", CheckVerdict.BAD, _at(one, day=one.due_day)))
        elif one.calibrated and one.due == CalibrationDue.SOON:
            found.append(CheckResult("calibration_soon", CheckVerdict.LOOK, _at(one, day=one.due_day)))
    return _all_or(found, CheckResult("calibrated", CheckVerdict.OK, {"n": len(every)})) if every else []


def credit(known: SmsCredit | None, *, away: bool = False) -> list[CheckResult]:
    """What the channel says of texts and money; `away`: it could not be asked."""
    if away:
        return [CheckResult("channel_away", CheckVerdict.BAD)]
    if known is None or (known.texts is None and known.money is None):
        return [CheckResult("credit_unknown", CheckVerdict.LOOK)]
    found = []
    if known.texts is not None:
        word = (
            CheckVerdict.BAD
            if known.texts < TEXTS_LOW
            else CheckVerdict.LOOK
            if known.texts < TEXTS_FEW
            else CheckVerdict.OK
        )
        code = "credit_fine" if word == CheckVerdict.OK else "credit_low"
        found.append(CheckResult(code, word, {"texts": known.texts}))
    if known.money is not None:
        word = (
            CheckVerdict.BAD
            if known.money < MONEY_LOW
            else CheckVerdict.LOOK
            if known.money < MONEY_FEW
            else CheckVerdict.OK
        )
        code = "money_fine" if word == CheckVerdict.OK else "money_low"
        found.append(CheckResult(code, word, {"money": f"{known.money:.2f}"}))
    return found


def phones(people: Sequence[DutyCover]) -> list[CheckResult]:
    found = []
    for one in people:
        facts = {"name": one.name}
        if not one.phone:
            found.append(CheckResult("phone_none", CheckVerdict.BAD, facts))
        elif one.failed:
            found.append(CheckResult("phone_failed", CheckVerdict.BAD, facts))
        elif one.quiet is None or one.quiet > PHONE_QUIET_AFTER:
            found.append(CheckResult("phone_quiet", CheckVerdict.LOOK, facts))
    return _all_or(found, CheckResult("phones_answer", CheckVerdict.OK, {"n": len(people)})) if people else []


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
    found = []
    for site, gap, day in sites:
        if gap is not None and gap <= now:
            found.append(CheckResult("roster_none", CheckVerdict.BAD, {"site": site}))
        elif gap is not None:
            found.append(CheckResult("roster_gap", CheckVerdict.LOOK, {"site": site, "day": day}))
    return _all_or(found, CheckResult("roster_full", CheckVerdict.OK))


def broker(reason: str | None) -> list[CheckResult]:
    """`reason` of `store.overview.health`; a clock that is behind has its line among the clocks."""
    known = reason in SAID and reason is not None
    return (
        [CheckResult(str(reason), CheckVerdict.BAD)]
        if known
        else [CheckResult("broker_fine", CheckVerdict.OK)]
    )


def disk(free: int, total: int) -> list[CheckResult]:
    share = free / total if total else 0.0
    facts = {"percent": round(share * 100), "gb": f"{free / 1e9:.1f}"}
    if share >= DISK_FEW:
        return [CheckResult("disk_fine", CheckVerdict.OK, facts)]
    return [CheckResult("disk_low", CheckVerdict.BAD if share < DISK_LOW else CheckVerdict.LOOK, facts)]


def worst(lines: Iterable[CheckResult]) -> CheckVerdict:
    return min((line.word for line in lines), key=lambda word: RANK[word], default=CheckVerdict.OK)


# --- in words --------------------------------------------------------------------------------------

Translate = Callable[[str], str]


def sentence(text: str, facts: Mapping[str, object], translate: Translate) -> str:
    """A text of `SAID` with its facts: spots by their words, `long_ms` as a length
    of time."""
    said = dict(facts)
    if isinstance(said.get("spot"), str):
        said["spot"] = translate(SPOTS[str(said["spot"])][0])
    spots = said.get("spots")
    if isinstance(spots, list):
        said["spots"] = translate(N_("、")).join(translate(SPOTS[str(spot)][0]) for spot in spots)
    if isinstance(said.get("long_ms"), int):
        said["long_ms"] = long(int(str(said["long_ms"])), translate)
    return translate(text) % said if "%" in text else translate(text)


def long(ms: int, translate: Translate) -> str:
    if ms < HOUR_MS:
        return translate(N_("%(n)s分钟")) % {"n": max(1, ms // MINUTE_MS)}
    if ms < DAY_MS:
        return translate(N_("%(h)s小时")) % {"h": ms // HOUR_MS}
    return translate(N_("%(n)s天")) % {"n": ms // DAY_MS}
