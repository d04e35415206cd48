"""Formats numbers, times and states for people. Source texts are Chinese; `translate` gives English."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from core.metrics import Verdict, name_of
from core.overview.status import RoomState
from core.people.people import ROLE_NAMES
from core.phrases import Phrase, fill
from core.rooms.limits import Limit
from core.rooms.places import SPOTS
from core.stock.weights import parse_weight
from core.wording import COMPACT, FULL, durations, numbers, weights
from core.wording.bands import band
from core.wording.verdicts import WORDS
from i18n.language import Lang, pgettext, translator


def N_(text: str) -> str:
    """Marks a text for the message catalogue; it is translated later."""
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
ARROWS = {Verdict.TOO_WARM: "↑", Verdict.FREEZING: "↓", Verdict.TOO_COLD: "↓"}
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


class Localizer:
    """Formats values in one language, with one federation's unit of weight."""

    def __init__(self, lang: Lang, weight_unit: str = "jin") -> None:
        self.lang = lang
        self.weight_unit = weight_unit
        self.translate: Callable[[str], str] = translator(lang)

    def __call__(self, text: str, **facts: object) -> str:
        """gettext for templates: `_("%(n)s分钟前", n=3)`."""
        return fill(text, facts, self.translate)

    def pgettext(self, context: str, text: str) -> str:
        """A word that is translated otherwise in one place, such as on a narrow button."""
        return pgettext(self.lang, context, text)

    def say(self, phrase: Phrase) -> str:
        return phrase.translated(self.translate)

    # --- values ---

    def figure(self, value: float, decimals: int = 1) -> str:
        """A number displayed alone and large: a true minus sign, no unit."""
        return numbers.figure(value, decimals)

    def number(self, value: float, decimals: int = 1) -> str:
        """A number in a sentence: 零下0.3."""
        return self.say(numbers.number(value, decimals))

    def bound(self, value: float) -> str:
        """The number of a limit: 7, not 7.0."""
        return self.say(numbers.bound(value))

    def degrees(self, value: float) -> str:
        return self.measured("temperature", value)

    def measured(self, metric: str, value: float) -> str:
        """A value with its unit or short name: 3.4度, 湿91, 二氧化碳900, 门开着."""
        return self.say(numbers.measured(metric, value, COMPACT))

    def band(self, limit: Limit | None) -> str:
        """`该在2.5到7度`; empty if there is no limit."""
        return self.say(band(limit))

    def weight(self, grams: int) -> str:
        """A rounded weight: tonnes from one tonne up, else the federation's unit."""
        return self.say(weights.weight(grams, self.weight_unit, COMPACT))

    def contents(self, goods: Sequence[tuple[str, int]]) -> str:
        """`土豆38吨、蘑菇2吨等`: the heaviest of `goods`, pairs of (name, grams)."""
        return weights.contents(goods, self.weight_unit, self.translate)

    def exact_weight(self, grams: int) -> str:
        """A weight for ledgers: in 斤 or 公斤, exact to the gram."""
        return self.say(weights.weight(grams, self.weight_unit, FULL))

    @property
    def unit(self) -> str:
        return self.say(weights.unit_name(self.weight_unit))

    def parse_weight(self, text: str) -> int:
        """Returns grams. A number without a unit is in the federation's unit. Refused: not a weight."""
        return parse_weight(text, self.weight_unit)

    # --- times ---

    def age(self, ms: int) -> str:
        """The age of a value that is still valid: 刚刚, 3分钟前."""
        return self.say(durations.age(ms))

    def long(self, ms: int) -> str:
        """A duration: 2小时10分."""
        return self.say(durations.duration(ms, FULL))

    def clock(self, at: int, zone: str) -> str:
        """8:22, in the site's time zone `zone`."""
        site_time = local(at, zone)
        return f"{site_time.hour}:{site_time.minute:02d}"

    def day(self, at: int, zone: str) -> str:
        return self.date(local(at, zone).date())

    def date(self, day: date) -> str:
        """1月14日."""
        return format_skeleton("MMMd", day, locale=_BABEL_LOCALES[self.lang])

    def iso_day(self, at: int, zone: str) -> str:
        """2026-01-14, for printed papers."""
        return f"{local(at, zone):%Y-%m-%d}"

    def weekday(self, at: int, zone: str) -> str:
        return self(WEEKDAYS[local(at, zone).weekday()])

    def moment(self, at: int, now: int, zone: str) -> str:
        """The time alone if it is today, else the day and the time."""
        if local(at, zone).date() == local(now, zone).date():
            return self.clock(at, zone)
        return f"{self.day(at, zone)} {self.clock(at, zone)}"

    # --- states ---

    def state(self, state: RoomState) -> str:
        return self(STATES[state])

    def verdict(self, verdict: Verdict | None) -> str:
        """`↓要冻`."""
        if verdict is None:
            return ""
        return ARROWS.get(verdict, "") + self(WORDS[verdict])

    def direction(self, direction: str | None) -> str:
        return self(DIRECTIONS[direction][0]) if direction in DIRECTIONS else ""

    def spot(self, spot: str | None) -> str:
        return self(SPOTS[spot][0]) if spot in SPOTS else ""

    def role(self, role: str) -> str:
        return self(ROLE_NAMES[role]) if role in ROLE_NAMES else role

    def metric(self, metric: str) -> str:
        return self.say(name_of(metric))


_BABEL_LOCALES: Mapping[Lang, str] = {"zh": "zh_CN", "en": "en_GB"}


def short_name(name: str) -> str:
    """The name without the demo prefix: every page's header shows it already."""
    return name.removesuffix("(演示)").removesuffix("（演示）")


def local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
