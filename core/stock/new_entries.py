"""New stock entries and their validation, shared by pages and API.

These checks need no database; those against the ledger are in `store.stock.ledger`. A refusal names the
field to correct (`Refused.field`).
"""

from dataclasses import dataclass
from datetime import date

from core.errors import Refused
from core.readings.readings import AHEAD_AT_MOST, EARLIEST
from core.stock.weights import check_bags, check_grams

AMOUNT = "amount"
"""The field name of a weight, in any unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLot:
    """入库 (receipt): incoming goods. `at` in ms, None means now; `harvested_on` is an ISO date; `by` is a
    person's id, None for the system."""

    produce: str
    cooperative: int
    room: int
    grams: int
    by: int | None
    at: int | None = None
    variety: str = ""
    bags: int | None = None
    note: str = ""
    harvested_on: str | None = None

    def check(self) -> None:
        """Refused: an invalid weight, count or date."""
        check_grams(self.grams, field=AMOUNT)
        if self.bags is not None:
            check_bags(self.bags, field="bags")
        if self.harvested_on is not None:
            _check_date(self.harvested_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMovement:
    """出库 (issue), or 倒库 (transfer) with `to_room`. `from_room` None means the only room that holds the
    lot."""

    lot: int
    grams: int
    by: int | None
    from_room: int | None = None
    to_room: int | None = None
    at: int | None = None
    reason: str = ""

    def check(self) -> None:
        """Refused: an invalid weight."""
        check_grams(self.grams, field=AMOUNT)


def time_of_entry(at: int | None, now: int) -> int:
    """The time (ms) of an entry. A time slightly ahead counts as now, because a phone's clock may be fast."""
    if at is None or now < at <= now + AHEAD_AT_MOST:
        return now
    if at > now:
        raise Refused("in_the_future", "时间还没到,不能先记", field="at")
    if at < EARLIEST:
        raise Refused("too_long_ago", "时间太早了,请看看年份", field="at")
    return at


def _check_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Refused("bad_date", "日期不对:%(given)s", given=text, field="harvested_on") from None
