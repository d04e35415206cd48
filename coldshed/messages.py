"""Sentences of the command line, in the language that the settings ask for."""

import os

from coldshed.settings import PREFIX
from core.phrases import fill

_language_of_file: str | None = None


def use_language(lang: str | None) -> None:
    """What `coldshed.toml` says, as soon as it is read: the rest of it may be wrong and must be said."""
    global _language_of_file
    _language_of_file = lang


def translated(text: str, **facts: object) -> str:
    """A Chinese source sentence with its facts filled in, in the language of the terminal."""
    from i18n.language import translator  # the catalogue stays out of memory until something is said

    lang = os.environ.get(f"{PREFIX}LANG") or _language_of_file
    return fill(text, facts, translator("en" if lang == "en" else "zh"))
