"""What somebody wants to write into the books, and whether it can be: the same for a page and the API.

Checks that need no database are here; those against the ledger are in `store.stock.ledger`. A refusal names
the field (`Refused.field`) that has to be changed.
"""

from dataclasses import dataclass
from datetime import date

from core.errors import Refused
from core.readings.readings import AHEAD_AT_MOST, EARLIEST
from core.stock.weights import check_bags, check_grams

AMOUNT = "amount"
"""The field of a weight, in whatever unit it is typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLot:
    """入库: goods that come in. `at` is when (ms), now where left out; `harvested_on` an ISO date;
    `by` a person, None for the system itself."""

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
        """Refused: a weight, a count or a date that cannot be."""
        check_grams(self.grams, field=AMOUNT)
        if self.bags is not None:
            check_bags(self.bags, field="bags")
        if self.harvested_on is not None:
            _check_date(self.harvested_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMovement:
    """出库, or 倒库 with `to_room`. Without `from_room` it is the one room in which the lot lies."""

    lot: int
    grams: int
    by: int | None
    from_room: int | None = None
    to_room: int | None = None
    at: int | None = None
    reason: str = ""

    def check(self) -> None:
        """Refused: a weight that cannot be."""
        check_grams(self.grams, field=AMOUNT)


def time_of_entry(at: int | None, now: int) -> int:
    """When it happened: a phone's clock may run ahead a little, then it is now."""
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
