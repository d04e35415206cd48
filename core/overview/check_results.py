"""Result of a check of the installation: a code, a verdict, and the facts for its sentence."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple


class CheckVerdict(StrEnum):
    OK = "ok"
    LOOK = "look"
    BAD = "bad"


VERDICT_NAMES: dict[CheckVerdict, str] = {
    CheckVerdict.OK: "好",
    CheckVerdict.LOOK: "要看",
    CheckVerdict.BAD: "坏",
}
RANK = {CheckVerdict.BAD: 0, CheckVerdict.LOOK: 1, CheckVerdict.OK: 2}
"""Sort order, worst first."""


class CheckResult(NamedTuple):
    """`code` is the key of its texts; `facts` fill their placeholders. Stored as JSON."""

    code: str
    verdict: CheckVerdict
    facts: Mapping[str, object] = {}


def worst_verdict(verdicts: Iterable[CheckVerdict]) -> CheckVerdict:
    return min(verdicts, key=RANK.__getitem__, default=CheckVerdict.OK)
