"""Numbers, times and states as people say them. Chinese is the source; `translate` makes it English."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from core.overview.status import RoomState
from core.readings.readings import DAY_MS, HOUR_MS, MINUTE_MS
from core.rooms.limits import Limit
from core.rooms.places import SPOTS
from core.rooms.verdicts import Verdict
from core.stock.weights import parse_weight
from i18n.language import Lang, translator


def N_(text: str) -> str:
    """Marks a text for the catalogue that is translated later."""
    return text


STATES: Mapping[RoomState, str] = {
    RoomState.OK: N_("正常"),
    RoomState.ATTENTION: N_("注意"),
    RoomState.DANGER: N_("危险"),
    RoomState.NO_DATA: N_("没数"),
    RoomState.EMPTY: N_("空库"),
    RoomState.RESTING: N_("歇库"),
    RoomState.UNREGISTERED: N_("没登记"),
}
VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.TOO_WARM: (N_("太热"), "↑"),
    Verdict.FREEZING: (N_("要冻"), "↓"),
    Verdict.TOO_COLD: (N_("太冷"), "↓"),
    Verdict.TOO_DRY: (N_("太干"), ""),
    Verdict.TOO_DAMP: (N_("太湿"), ""),
    Verdict.CO2_HIGH: (N_("该通风"), ""),
}
DIRECTIONS = {"up": (N_("在升"), "↗"), "down": (N_("在降"), "↘")}
WEEKDAYS = (
    N_("星期一"),
    N_("星期二"),
    N_("星期三"),
    N_("星期四"),
    N_("星期五"),
    N_("星期六"),
    N_("星期日"),
)
ROLES = {
    "admin": N_("管理员"),
    "manager": N_("负责人"),
    "keeper": N_("库管员"),
    "clerk": N_("记账员"),
    "technician": N_("技术员"),
    "viewer": N_("只看"),
}
METRICS = {
    "temperature": N_("温度"),
    "humidity": N_("湿度"),
    "co2": N_("二氧化碳"),
    "co": N_("一氧化碳"),
    "door": N_("门"),
    "power": N_("市电"),
}


class Localizer:
    """How things are said in one language, for one federation's unit of weight."""

    def __init__(self, lang: Lang, weight_unit: str = "jin") -> None:
        self.lang = lang
        self.weight_unit = weight_unit
        self.translate: Callable[[str], str] = translator(lang)

    def __call__(self, text: str, **facts: object) -> str:
        """The gettext of templates: `_("%(n)s分钟前", n=3)`."""
        said = self.translate(text)
        return said % facts if facts else said

    # --- values ---

    def figure(self, value: float, decimals: int = 1) -> str:
        """Alone and big: a true minus sign, no word."""
        shown = f"{abs(value):.{decimals}f}"
        return f"−{shown}" if value < 0 and float(shown) else shown

    def number(self, value: float, decimals: int = 1) -> str:
        """In a sentence: 零下0.3."""
        shown = f"{abs(value):.{decimals}f}"
        return self("零下%(value)s", value=shown) if value < 0 and float(shown) else shown

    def bound(self, value: float) -> str:
        """A limit: 7, not 7.0."""
        return self.number(value, 0 if value == round(value) else 1)

    def degrees(self, value: float) -> str:
        return self("%(value)s度", value=self.number(value))

    def measured(self, metric: str, value: float) -> str:
        """With its word: 3.4度, 湿91, 二氧化碳900."""
        if metric == "temperature":
            return self.degrees(value)
        if metric == "humidity":
            return self("湿%(value)s", value=f"{value:.0f}")
        if metric == "co2":
            return self("二氧化碳%(value)s", value=f"{value:.0f}")
        return f"{value:g}"

    def band(self, limit: Limit | None) -> str:
        """`该在2.5到7度`; nothing where there is no limit."""
        if limit is None:
            return ""
        low = limit.hard_low if limit.safe_low is None else limit.safe_low
        high = limit.hard_high if limit.safe_high is None else limit.safe_high
        unit = _BAND.get(limit.metric, _BAND["other"])
        if low is not None and high is not None:
            return self(unit[0], low=self.bound(low), high=self.bound(high))
        if low is not None:
            return self(unit[1], low=self.bound(low))
        return self(unit[2], high=self.bound(high)) if high is not None else ""

    def weight(self, grams: int) -> str:
        """Tonnes from a tonne on, else the federation's own unit."""
        if abs(grams) >= 1_000_000:
            tonnes = grams / 1_000_000
            return self("%(value)s吨", value=f"{round(tonnes, 0 if abs(tonnes) >= 10 else 1):g}")
        return self.units(grams)

    def units(self, grams: int) -> str:
        """In 斤 or 公斤, as it was weighed."""
        if self.weight_unit == "jin":
            return self("%(value)s斤", value=_grouped(grams / 500))
        return self("%(value)s公斤", value=_grouped(grams / 1000))

    @property
    def unit(self) -> str:
        return self("斤") if self.weight_unit == "jin" else self("公斤")

    def parse_weight(self, text: str) -> int:
        """Grams from what was typed; a bare number is in the federation's unit. Refused with a sentence."""
        return parse_weight(text, self.weight_unit)

    # --- times ---

    def age(self, ms: int) -> str:
        """刚刚, 3分钟前. How old a value is that is still true."""
        if ms < MINUTE_MS:
            return self("刚刚")
        if ms < HOUR_MS:
            return self("%(n)s分钟前", n=ms // MINUTE_MS)
        if ms < DAY_MS:
            return self("%(n)s小时前", n=ms // HOUR_MS)
        return self("%(n)s天前", n=ms // DAY_MS)

    def long(self, ms: int) -> str:
        """A length of time: 2小时10分."""
        minutes = max(0, ms) // MINUTE_MS
        if minutes < 60:
            return self("%(n)s分钟", n=max(1, minutes))
        hours, rest = divmod(minutes, 60)
        if hours < 24:
            return self("%(h)s小时%(m)s分", h=hours, m=rest) if rest else self("%(h)s小时", h=hours)
        return self("%(n)s天", n=hours // 24)

    def clock(self, at: int, zone: str) -> str:
        """8:22, in the site's time."""
        there = local(at, zone)
        return f"{there.hour}:{there.minute:02d}"

    def day(self, at: int, zone: str) -> str:
        there = local(at, zone)
        return self("%(m)s月%(d)s日", m=self._month(there.month), d=there.day)

    def date(self, day: date) -> str:
        return self("%(m)s月%(d)s日", m=self._month(day.month), d=day.day)

    def iso_day(self, at: int, zone: str) -> str:
        """2026-01-14, for papers."""
        return f"{local(at, zone):%Y-%m-%d}"

    def weekday(self, at: int, zone: str) -> str:
        return self(WEEKDAYS[local(at, zone).weekday()])

    def moment(self, at: int, now: int, zone: str) -> str:
        """The clock alone today, with the day before it else."""
        if local(at, zone).date() == local(now, zone).date():
            return self.clock(at, zone)
        return f"{self.day(at, zone)} {self.clock(at, zone)}"

    def _month(self, month: int) -> str:
        return str(month) if self.lang == "zh" else _MONTHS[month - 1]

    # --- states ---

    def state(self, state: RoomState) -> str:
        return self(STATES[state])

    def verdict(self, verdict: Verdict | None) -> str:
        """`↓要冻`."""
        if verdict is None:
            return ""
        word, arrow = VERDICTS[verdict]
        return arrow + self(word)

    def direction(self, direction: str | None) -> str:
        return self(DIRECTIONS[direction][0]) if direction in DIRECTIONS else ""

    def spot(self, spot: str | None) -> str:
        return self(SPOTS[spot][0]) if spot in SPOTS else ""

    def role(self, role: str) -> str:
        return self(ROLES[role]) if role in ROLES else role

    def metric(self, metric: str) -> str:
        return self(METRICS[metric]) if metric in METRICS else metric


_BAND = {
    "temperature": (N_("该在%(low)s到%(high)s度"), N_("该在%(low)s度以上"), N_("该在%(high)s度以下")),
    "humidity": (N_("湿度该在%(low)s到%(high)s"), N_("湿度该在%(low)s以上"), N_("湿度该在%(high)s以下")),
    "co2": (
        N_("二氧化碳该在%(low)s到%(high)s"),
        N_("二氧化碳该在%(low)s以上"),
        N_("二氧化碳该在%(high)s以下"),
    ),
    "other": (N_("该在%(low)s到%(high)s"), N_("该在%(low)s以上"), N_("该在%(high)s以下")),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def short_name(name: str) -> str:
    """Without the demo's mark: the head of every page bears it already."""
    return name.removesuffix("(演示)").removesuffix("（演示）")


def local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone))


def _grouped(value: float) -> str:
    """Whole where it is, grouped by thousands: 8,400."""
    return f"{value:,.0f}" if abs(value - round(value)) < 0.05 else f"{value:,.1f}"
