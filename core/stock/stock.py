"""Goods: lots, and the ledger of their movements. A lot lies where its movements put it."""

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
    """Goods of one produce and one owner. `bags` as they came, `harvested_on` an ISO date."""

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
    """One line of the ledger. `grams` is above zero; the rooms say the direction: only `to_room` came
    in, only `from_room` went out, both moved. `reverses` is the line that this one takes back."""

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
    """So much of a lot lies in a room now."""

    lot: int
    room: int
    grams: int


class BalanceStep(NamedTuple):
    """What a movement does to one room's balance of one lot: `grams` below zero went out."""

    at: int
    grams: int


class Shortage(NamedTuple):
    """At `at` (ms) the balance would be below zero; `left` grams lay there before the one asked for
    is taken, or would be left for it then."""

    at: int
    left: int


def balance_steps(movements: Iterable[Movement], room: int) -> list[BalanceStep]:
    """What movements of one lot did to its balance in a room."""
    steps = []
    for movement in movements:
        if movement.to_room == room:
            steps.append(BalanceStep(movement.at, movement.grams))
        if movement.from_room == room:
            steps.append(BalanceStep(movement.at, -movement.grams))
    return steps


def shortage(steps: Sequence[BalanceStep], taken: BalanceStep) -> Shortage | None:
    """Why `taken` (grams below zero) cannot be: the first moment from then on at which too little
    would lie there. Of one and the same moment what came in counts before what went out."""
    least: Shortage | None = None
    for moment in sorted({taken.at, *(step.at for step in steps if step.at > taken.at)}):
        left = sum(step.grams for step in steps if step.at <= moment)
        if left + taken.grams < 0 and (least is None or left < least.left):
            least = Shortage(moment, left)
    return least
