"""A sentence that is translated only where it is read."""

from collections.abc import Callable, Mapping

Translate = Callable[[str], str]


def N_(text: str) -> str:
    """Marks a text for the catalogue that has no Chinese letter."""
    return text


class Phrase(str):
    """Chinese text that knows its message of the catalogue and its facts, so that `translated` can put it
    into the reader's language. As a string it is the Chinese text itself. Facts may be phrases."""

    text: str
    facts: Mapping[str, object]

    def __new__(cls, text: str, **facts: object) -> "Phrase":
        phrase = super().__new__(cls, text % facts if facts else text)
        phrase.text, phrase.facts = text, facts
        return phrase

    def translated(self, translate: Translate) -> str:
        return fill(self.text, self.facts, translate)


def fill(text: str, facts: Mapping[str, object], translate: Translate) -> str:
    """`text` translated, its places filled with `facts`; a fact that is a phrase is translated too."""
    translated = translate(text)
    if not facts:
        return translated
    translated_facts = {
        name: fact.translated(translate) if isinstance(fact, Phrase) else fact for name, fact in facts.items()
    }
    return translated % translated_facts
