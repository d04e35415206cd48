"""Sentences of the command line, in the configured language."""

import os

from coldshed.settings import PREFIX
from core.phrases import fill

_language_of_file: str | None = None


def use_language(lang: str | None) -> None:
    """Sets the language of `coldshed.toml` before the other settings are checked, because errors in those
    must be reported in it."""
    global _language_of_file
    _language_of_file = lang


def translated(text: str, **facts: object) -> str:
    """Translates a Chinese source sentence into the terminal's language and fills in the facts."""
    from i18n.language import as_lang, translator  # loads the catalogue only when needed

    lang = os.environ.get(f"{PREFIX}LANG") or _language_of_file
    return fill(text, facts, translator(as_lang(lang)))
