"""Every sentence with which a person is refused or warned can be read in English too."""

import ast
import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from core.catalogue.produce import clashes
from core.phrases import fill
from i18n.language import catalogue, translator
from store.catalogue.produce import shipped

ROOT = Path(__file__).parents[2]
FILES = [
    path
    for room in ("core", "store")
    for path in sorted((ROOT / room).rglob("*.py"))
    if re.search(r"\b(Refused|Clash)\(", path.read_text("utf-8"))
]
CHINESE = re.compile("[\u4e00-\u9fff]")
PLACE = re.compile(r"%\((\w+)\)")


def sentences(path: Path) -> Iterator[str]:
    """What is given to Refused or Clash, at once or by way of a name or a table."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        inside: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            inside = node.args if node.func.id in ("Refused", "Clash") else []
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.Dict):
            value = node.value
            inside = [part for part in value.values if part] if isinstance(value, ast.Dict) else [value]
        for part in inside:
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and CHINESE.search(part.value):
                yield part.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_sentence_has_its_english(path: Path) -> None:
    english = catalogue("en")
    assert not [text for text in sentences(path) if text not in english]


def test_the_files_were_found_and_say_something() -> None:
    assert len({text for path in FILES for text in sentences(path)}) > 50


def test_an_english_sentence_asks_only_for_facts_that_are_given() -> None:
    english = catalogue("en")
    for text in {text for path in FILES for text in sentences(path)}:
        placeholders = set(PLACE.findall(text))
        assert {place.removesuffix("_en") for place in PLACE.findall(english[text])} <= placeholders, text


def test_no_chinese_is_left_in_an_english_clash() -> None:
    english = translator("en")
    for a, b in permutations(shipped()[0].values(), 2):
        for clash in clashes(a, b):
            sentence = fill(clash.text, clash.facts, english)
            assert not CHINESE.search(sentence), sentence
