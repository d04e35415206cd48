"""Texts that are translated when they are shown."""

from collections.abc import Callable, Mapping

Translate = Callable[[str], str]


def N_(text: str) -> str:
    """Marks a text without Chinese characters for the translation catalogue."""
    return text


class Phrase(str):
    """Chinese text with its catalogue message and facts, so that `translated` can render it in the
    reader's language. As a string it is the Chinese text. Facts may be phrases."""

    text: str
    facts: Mapping[str, object]

    def __new__(cls, text: str, **facts: object) -> "Phrase":
        phrase = super().__new__(cls, text % facts if facts else text)
        phrase.text, phrase.facts = text, facts
        return phrase

    def translated(self, translate: Translate) -> str:
        return fill(self.text, self.facts, translate)


def fill(text: str, facts: Mapping[str, object], translate: Translate) -> str:
    """Translates `text` and fills its placeholders with `facts`; facts that are phrases are translated
    too."""
    translated = translate(text)
    if not facts:
        return translated
    translated_facts = {
        name: fact.translated(translate) if isinstance(fact, Phrase) else fact for name, fact in facts.items()
    }
    return translated % translated_facts
