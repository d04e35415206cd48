"""One catalogue for pages, SMS and reports. The source language is Chinese; translations are English.

Each domain (a subject or a layer) has its own file, `locale/<language>/LC_MESSAGES/<domain>.po`; this
module merges them. `make messages` updates the files from the code.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from babel.messages.pofile import read_po

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
SOURCE: Lang = "zh"
"""The language of the sentences in the code."""
LOCALE = Path(__file__).parent / "locale"
CONTEXT_MARK = "\x04"
"""Separates context and sentence in a catalogue key, as in gettext's own files."""


def translator(lang: Lang) -> Callable[[str], str]:
    """Returns a function that translates a Chinese sentence (with its `%(name)s` placeholders) into
    `lang`. Unknown sentences stay Chinese."""
    if lang == SOURCE:
        return _same
    translations = catalogue(lang)
    return lambda text: translations.get(text, text)


def pgettext(lang: Lang, context: str, text: str) -> str:
    """Translates a word that needs another translation in this context, such as a short one on a narrow
    button."""
    if lang == SOURCE:
        return text
    return catalogue(lang).get(f"{context}{CONTEXT_MARK}{text}", text)


def either(lang: Lang, chinese: str, english: str) -> str:
    """Selects the language of data that has both, such as a produce's name."""
    return chinese if lang == SOURCE else english


def as_lang(wanted: str | None, otherwise: Lang = SOURCE) -> Lang:
    """`wanted` (from a cookie or a setting) if it is a known language, else `otherwise`."""
    return next((lang for lang in LANGS if lang == wanted), otherwise)


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """Chinese sentence (prefixed by its context, if any) -> translation, of all domains. Read once."""
    translations: dict[str, str] = {}
    for path in sorted((LOCALE / lang / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=lang, ignore_obsolete=True):
                if message.id and isinstance(message.string, str) and message.string:
                    key = f"{message.context}{CONTEXT_MARK}{message.id}" if message.context else message.id
                    translations[str(key)] = message.string
    return translations


def _same(text: str) -> str:
    return text
