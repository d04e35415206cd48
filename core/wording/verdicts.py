"""Words of the verdicts."""

from core.metrics import Verdict
from core.phrases import Phrase

WORDS = {
    Verdict.TOO_WARM: "太热",
    Verdict.FREEZING: "要冻",
    Verdict.TOO_COLD: "太冷",
    Verdict.TOO_DRY: "太干",
    Verdict.TOO_DAMP: "太湿",
    Verdict.CO2_HIGH: "该通风",
}


def outside(verdict: Verdict | None, *, high: bool) -> Phrase:
    """The word for a value outside its limit; 偏高 or 偏低 without a verdict."""
    if verdict is not None:
        return Phrase(WORDS[verdict])
    return Phrase("偏高" if high else "偏低")
