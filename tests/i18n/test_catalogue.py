"""One catalogue: every sentence that somebody may read stands in it in English too."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from i18n.language import LOCALE, catalogue, either, pgettext, translator
from i18n.messages import Sentence, sentences

PLACE = re.compile(r"%\((\w+)\)|%%")


@pytest.fixture(scope="module")
def source_sentences() -> list[Sentence]:
    return list(sentences())


def entries() -> Iterator[tuple[str, Message]]:
    """(domain, entry) of all English files."""
    for path in sorted((LOCALE / "en" / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            yield from ((path.stem, message) for message in read_po(file, locale="en") if message.id)


def test_every_sentence_has_an_english_one(source_sentences: list[Sentence]) -> None:
    translated = {(domain, entry.context, entry.id) for domain, entry in entries() if entry.string}
    missing = [
        f"{sentence.place}  {sentence.text}"
        for sentence in source_sentences
        if (sentence.domain, sentence.context, sentence.text) not in translated
    ]
    assert not missing, "run `make messages`; no English for:\n" + "\n".join(sorted(missing))


def test_no_translation_is_left_of_a_sentence_that_nobody_says(source_sentences: list[Sentence]) -> None:
    needed = {(sentence.domain, sentence.context, sentence.text) for sentence in source_sentences}
    left = [
        f"{domain}: {entry.id}"
        for domain, entry in entries()
        if (domain, entry.context, entry.id) not in needed
    ]
    assert not left, "run `make messages`; nobody says:\n" + "\n".join(left)
    for path in LOCALE.rglob("*.po"):
        assert "\n#~" not in path.read_text("utf-8"), f"{path.name}: take over or delete the entries with #~"


def test_no_file_lies_beside_the_folders_of_the_languages() -> None:
    assert {path.relative_to(LOCALE).parts[1:-1] for path in LOCALE.rglob("*.po")} == {("LC_MESSAGES",)}


def test_a_translation_names_the_same_facts() -> None:
    wrong = [
        text
        for text, english in catalogue("en").items()
        if not {name.removesuffix("_en") for name in PLACE.findall(english)} <= {"", *PLACE.findall(text)}
    ]
    assert not wrong


def test_no_two_domains_translate_the_same_sentence_differently() -> None:
    first: dict[tuple[str | None, str], tuple[str, str]] = {}
    clashes = []
    for domain, entry in entries():
        string, where = first.setdefault((entry.context, str(entry.id)), (str(entry.string), domain))
        if string != entry.string:
            clashes.append(f"{entry.id}: {where} {string!r}, {domain} {entry.string!r}")
    assert not clashes, "\n".join(clashes)


def test_it_leaves_chinese_as_it_is_and_an_unknown_sentence_in_chinese() -> None:
    assert translator("zh")("看库") == "看库"
    assert translator("en")("看库") == "Board"
    assert translator("en")("没有人译过这句") == "没有人译过这句"


def test_a_word_with_a_context_has_its_own_translation() -> None:
    assert pgettext("zh", "chart button", "温度") == "温度"
    assert pgettext("en", "chart button", "温度") == "Temp"
    assert translator("en")("温度") != "Temp"
    assert pgettext("en", "没有这个地方", "温度") == "温度"


def test_data_that_carries_both_languages_says_the_reader_s() -> None:
    assert [either("zh", "土豆", "potatoes"), either("en", "土豆", "potatoes")] == ["土豆", "potatoes"]
