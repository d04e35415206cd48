"""Kinds of produce and phases of mushroom crops: their requirements, and which of them can share a room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from core.wording.numbers import degrees_range, per_cent_range


class Band(NamedTuple):
    """An inclusive range in °C or %RH."""

    low: float
    high: float


class Confidence(StrEnum):
    """How reliable a value is. `memory` and `conflict` are marked wherever the value is shown."""

    FOUND = "S"
    MEMORY = "M"
    DERIVED = "D"
    CONFLICT = "X"


UNSURE = frozenset((Confidence.MEMORY, Confidence.CONFLICT))
STRENGTH = ("none", "some", "strong")
ETHYLENE = ("none", "VL", "L", "M", "H", "VH")
GIVES_ETHYLENE = frozenset(("M", "H", "VH"))
MINDS_ETHYLENE = frozenset(("M", "H"))
LEAST_COMMON_K = 1.0
"""Minimum width (K) of a common range; no compressor can keep a narrower one."""
LEAST_COMMON_RH = 7.0
"""Twice the error of a good probe (%RH)."""


@dataclass(frozen=True, slots=True)
class Produce:
    """A kind of produce. `name` is shown on pages, `form_name` on official forms.

    `family` and `purpose` (table, seed, processing, curing) decide what may share a room; `apart` names
    families it must be separated from. `smells` and `takes_smell`: none, some or strong. `life_days`: how
    long it keeps at `life_at` °C. `confidences`: reliability per field; `sources`: keys of the catalogue's
    list. Category `phase` is a state of other produce (curing): a room may be declared for it, but a lot
    cannot be of it.
    """

    id: str
    name: str
    name_en: str
    form_name: str
    category: str
    temp_target: Band
    temp_safe: Band
    temp_hard: Band
    rh_target: Band
    rh_safe: Band
    freezing: float | None
    family: str = ""
    purpose: str = ""
    ethylene_production: str = "none"
    ethylene_sensitivity: str = "none"
    smells: str = "none"
    takes_smell: str = "none"
    apart: tuple[str, ...] = ()
    life_days: tuple[int, int] | None = None
    life_at: float | None = None
    confidence: Confidence = Confidence.DERIVED
    confidences: Mapping[str, Confidence] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    doubts: str = ""
    doubts_en: str = ""

    @property
    def unsure(self) -> bool:
        """Whether a page must say that the values are from memory or that sources differ."""
        return self.confidence in UNSURE

    @property
    def unsure_fields(self) -> tuple[str, ...]:
        return tuple(name for name, sure in self.confidences.items() if sure in UNSURE)


@dataclass(frozen=True, slots=True)
class Phase:
    """The requirements of a mushroom crop in one phase. `id` is "species/phase", the declared use of a
    shed.

    `co2_*` in ppm; `core_safe` in °C, measured in the bag; `rh_judged` is False for phases that are dried
    on purpose.
    """

    id: str
    name: str
    name_en: str
    species: str
    species_name: str
    species_name_en: str
    phase: str
    phase_name: str
    phase_name_en: str
    order: int
    temp_target: Band
    temp_safe: Band
    rh_target: Band
    rh_judged: bool = True
    co2_safe: float | None = None
    co2_hard: float | None = None
    core_safe: float | None = None
    confidence: Confidence = Confidence.DERIVED
    sources: tuple[str, ...] = ()
    doubts: str = ""
    doubts_en: str = ""

    @property
    def unsure(self) -> bool:
        return self.confidence in UNSURE


def produce_from(facts: Mapping[str, Any]) -> Produce:
    """Reads one entry of the catalogue. Raises ValueError, KeyError or TypeError if it is invalid."""
    life = facts.get("life_days")
    made = Produce(
        **{
            **facts,
            **{name: _band(facts[name]) for name in _BANDS},
            "apart": tuple(facts.get("apart", ())),
            "life_days": (int(life[0]), int(life[1])) if life else None,
            "confidence": Confidence(facts["confidence"]),
            "confidences": {k: Confidence(v) for k, v in facts.get("confidences", {}).items()},
            "sources": tuple(facts.get("sources", ())),
        }
    )
    if made.ethylene_production not in ETHYLENE or made.ethylene_sensitivity not in ETHYLENE:
        raise ValueError(f"{made.id}: ethylene")
    if made.smells not in STRENGTH or made.takes_smell not in STRENGTH:
        raise ValueError(f"{made.id}: odour")
    if not _inside(made.temp_safe, made.temp_hard):
        raise ValueError(f"{made.id}: the safe range is not within the hard one")
    return made


def phase_from(facts: Mapping[str, Any]) -> Phase:
    """Reads a phase of the catalogue; raises as `produce_from`."""
    bands = {name: _band(facts[name]) for name in ("temp_target", "temp_safe", "rh_target")}
    provenance = {"confidence": Confidence(facts["confidence"]), "sources": tuple(facts.get("sources", ()))}
    maxima = {name: None if facts.get(name) is None else float(facts[name]) for name in _MAXIMA}
    return Phase(**{**facts, **bands, **provenance, **maxima})


_MAXIMA = ("co2_safe", "co2_hard", "core_safe")
_BANDS = ("temp_target", "temp_safe", "temp_hard", "rh_target", "rh_safe")


def _band(pair: Any) -> Band:
    band = Band(float(pair[0]), float(pair[1]))
    if not band.low <= band.high:
        raise ValueError(f"a range from {band.low} to {band.high}")
    return band


def _inside(inner: Band, outer: Band) -> bool:
    return outer.low <= inner.low and inner.high <= outer.high


def overlap(a: Band, b: Band) -> Band | None:
    """The intersection of two ranges; None if they do not overlap."""
    low, high = max(a.low, b.low), min(a.high, b.high)
    return Band(low, high) if low <= high else None


class Clash(NamedTuple):
    """Why two kinds should not share a room. `severity`: refuse or warn. `text`: Chinese source text with
    placeholders for `facts`; values that differ in English are in `facts` as `<name>_en`."""

    kind: str
    severity: str
    text: str
    facts: dict[str, str]

    @property
    def sentence(self) -> str:
        return self.text % self.facts


REFUSE, WARN = "refuse", "warn"


def clashes(a: Produce, b: Produce) -> list[Clash]:
    """All clashes between `a` and `b`, refusals first. The order of the two does not matter."""
    if a.id == b.id:
        return []
    conflicts = [
        clash
        for clash in (_temperature(a, b), _purpose(a, b), _apart(a, b), _humidity(a, b))
        if clash is not None
    ]
    conflicts += _first_clash(_ethylene(a, b), _ethylene(b, a))
    conflicts += _first_clash(_odour(a, b), _odour(b, a))
    if "grape" in (a.family, b.family):
        conflicts.append(
            Clash("alone", WARN, "葡萄用的二氧化硫伤别的货,%(a)s和%(b)s最好分开放", _names(a, b))
        )
    return sorted(conflicts, key=lambda clash: clash.severity != REFUSE)


def _temperature(a: Produce, b: Produce) -> Clash | None:
    band = overlap(a.temp_safe, b.temp_safe)
    if band is not None and band.high - band.low >= LEAST_COMMON_K:
        return None
    text = "%(a)s要%(a_range)s,%(b)s要%(b_range)s,不能放同一个库"
    return Clash("no_common_range", REFUSE, text, _names(a, b) | _ranges(a.temp_safe, b.temp_safe))


def _humidity(a: Produce, b: Produce) -> Clash | None:
    band = overlap(a.rh_safe, b.rh_safe)
    if band is not None and band.high - band.low >= LEAST_COMMON_RH:
        return None
    dry, wet = (a, b) if a.rh_safe.high < b.rh_safe.high else (b, a)
    text = "一干一湿:%(a)s要湿度%(a_range)s,%(b)s要湿度%(b_range)s,不能放同一个库"
    facts = {"a_range": per_cent_range(*dry.rh_safe), "b_range": per_cent_range(*wet.rh_safe)}
    return Clash("dry_with_wet", REFUSE, text, _names(dry, wet) | facts)


def _purpose(a: Produce, b: Produce) -> Clash | None:
    """Processing potatoes stored as cold as table or seed potatoes turn sweet and fry brown, without
    visible signs."""
    if a.family != "potato" or b.family != "potato":
        return None
    for processing, other in ((a, b), (b, a)):
        if processing.purpose == "processing" and other.purpose in ("table", "seed"):
            text = "%(a)s和%(b)s同放会变甜、炸出来发黑,不能放同一个库"
            return Clash("processing_potato", REFUSE, text, _names(processing, other))
    return None


def _apart(a: Produce, b: Produce) -> Clash | None:
    if a.family not in b.apart and b.family not in a.apart:
        return None
    return Clash("kept_apart", REFUSE, "%(a)s和%(b)s不能放同一个库", _names(a, b))


def _first_clash(first: Clash | None, second: Clash | None) -> list[Clash]:
    """Keeps one clash if each kind harms the other."""
    return [clash for clash in (first, second) if clash is not None][:1]


def _ethylene(giver: Produce, taker: Produce) -> Clash | None:
    """Only a warning if both fruits produce ethylene, because such fruits are often stored together."""
    if giver.ethylene_production not in GIVES_ETHYLENE or taker.ethylene_sensitivity not in MINDS_ETHYLENE:
        return None
    names = _names(giver, taker)
    if taker.ethylene_production in GIVES_ETHYLENE:
        return Clash("ethylene", WARN, "%(a)s放出的乙烯会催熟%(b)s,最好不放同一个库", names)
    return Clash("ethylene", REFUSE, "%(a)s放出的乙烯会催坏%(b)s,不能放同一个库", names)


def _odour(giver: Produce, taker: Produce) -> Clash | None:
    strengths = (giver.smells, taker.takes_smell)
    if "none" in strengths or (giver.category == taker.category and "strong" not in strengths):
        return None
    names = _names(giver, taker)
    return Clash("odour", WARN, "%(a)s的味会串到%(b)s上,最好不放同一个库", names)


def _names(a: Produce, b: Produce) -> dict[str, str]:
    return {"a": a.name, "b": b.name, "a_en": a.name_en, "b_en": b.name_en}


def _ranges(a: Band, b: Band) -> dict[str, str]:
    return {"a_range": degrees_range(*a), "b_range": degrees_range(*b)}
