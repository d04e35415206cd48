"""Lots and the ledger of their movements. A lot's location follows from its movements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class MovementKind(StrEnum):
    RECEIVE = "receive"
    ISSUE = "issue"
    TRANSFER = "transfer"
    CORRECT = "correct"


@dataclass(frozen=True, slots=True)
class Lot:
    """Goods of one produce and one owner. `bags`: number at receipt; `harvested_on`: an ISO date."""

    id: int
    produce: str
    cooperative: int
    variety: str
    bags: int | None
    harvested_on: str | None
    note: str
    created_at: int
    by: int | None


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the ledger. `grams` is positive; the rooms give the direction: a receipt has only
    `to_room`, an issue only `from_room`, a transfer both. `reverses`: the movement that this reversal
    cancels."""

    id: int
    lot: int
    kind: MovementKind
    grams: int
    from_room: int | None
    to_room: int | None
    at: int
    recorded_at: int
    by: int | None
    reason: str
    reverses: int | None


class Holding(NamedTuple):
    """The quantity of a lot in a room now."""

    lot: int
    room: int
    grams: int


class BalanceStep(NamedTuple):
    """The effect of a movement on one room's balance of one lot; `grams` is negative for goods that went
    out."""

    at: int
    grams: int


class Shortage(NamedTuple):
    """At `at` (ms) the balance would be negative; `left` is the balance (grams) then, without the new
    movement."""

    at: int
    left: int


def balance_steps(movements: Iterable[Movement], room: int) -> list[BalanceStep]:
    """The effects of a lot's movements on its balance in a room."""
    steps = []
    for movement in movements:
        if movement.to_room == room:
            steps.append(BalanceStep(movement.at, movement.grams))
        if movement.from_room == room:
            steps.append(BalanceStep(movement.at, -movement.grams))
    return steps


def shortage(steps: Sequence[BalanceStep], taken: BalanceStep) -> Shortage | None:
    """Whether `taken` (negative grams) would make the balance negative at its time or later. Returns the
    moment of the lowest balance, None if there is enough. Movements at the same moment are added up
    first."""
    least: Shortage | None = None
    for moment in sorted({taken.at, *(step.at for step in steps if step.at > taken.at)}):
        left = sum(step.grams for step in steps if step.at <= moment)
        if left + taken.grams < 0 and (least is None or left < least.left):
            least = Shortage(moment, left)
    return least
