"""Fills a sentence's placeholders with facts of which some may be missing.

A sentence about a fault is needed most when little is known: "(connection refused)" must not become "()",
nor "for 5 minutes" "for ".
"""

import re
from collections.abc import Mapping, Set

from core.phrases import N_, Phrase, Translate

UNKNOWN = N_("？")
"""Stands for a missing fact outside brackets."""
_PLACE = re.compile(r"%\((\w+)\)[sd]")
_BRACKETS = re.compile(r" ?([（(])([^（）()%]*%\(.*?\)[sd][^（）()]*)([）)])")
_SEPARATORS = re.compile(r"([：:，,；;]) ?")


def fill_known(text: str, facts: Mapping[str, object], translate: Translate) -> str:
    """Like `core.phrases.fill`. A part of a bracket whose facts are missing (absent, None or "") is left out,
    the whole bracket if nothing is left; elsewhere `？` stands for the fact."""
    known_facts = {
        name: fact.translated(translate) if isinstance(fact, Phrase) else fact
        for name, fact in facts.items()
        if fact is not None and str(fact).strip()
    }
    return _without_missing(translate(text), known_facts.keys(), translate(UNKNOWN)) % known_facts


def _without_missing(text: str, known_facts: Set[str], unknown: str) -> str:
    def is_known(part: str) -> bool:
        return set(_PLACE.findall(part)) <= known_facts

    def bracket(match: re.Match[str]) -> str:
        if is_known(match[0]):
            return match[0]
        pieces = _SEPARATORS.split(match[2])
        left = [part for part in pieces[::2] if _PLACE.search(part) and is_known(part)]
        if not left:
            return ""
        space = " " if match[0].startswith(" ") else ""
        return f"{space}{match[1]}{pieces[1].join(left)}{match[3]}"

    def place(match: re.Match[str]) -> str:
        return match[0] if match[1] in known_facts else unknown

    return _PLACE.sub(place, _BRACKETS.sub(bracket, text))
