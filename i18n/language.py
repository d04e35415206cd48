"""One catalogue for pages, SMS and reports. The source language is Chinese; English stands beside it.

Every part of the house keeps its own piece, `locale/en.<part>.po`; here they become one.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

from babel.messages.pofile import read_po

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
LOCALE = Path(__file__).parent / "locale"


def translator(lang: Lang) -> Callable[[str], str]:
    """What turns a Chinese sentence (with its `%(name)s` places) into `lang`. Unknown ones stay Chinese."""
    if lang == "zh":
        return _same
    known = catalogue(lang)
    return lambda text: known.get(text, text)


def as_lang(wanted: str | None, otherwise: Lang = "zh") -> Lang:
    """`zh` or `en` from whatever a cookie or a setting says."""
    return "en" if wanted == "en" else "zh" if wanted == "zh" else otherwise


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Chinese -> translation, from all parts. Read once."""
    found: dict[str, str] = {}
    for part in sorted(LOCALE.glob(f"{lang}.*.po")):
        with part.open("rb") as file:
            for message in read_po(file, locale=lang):
                if message.id and isinstance(message.string, str) and message.string:
                    found[str(message.id)] = message.string
    return found


def _same(text: str) -> str:
    return text
