"""What is shown of faults, in both languages: no hole where a fact is missing, a remedy that exists."""

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer

from coldshed.commands import app
from coldshed.settings import setting_helps
from coldshed.settings_loader import variable_of
from core.notifications.issue_texts import BROKER_TEXT, ISSUE_TEXTS
from core.overview import doctor_texts, service_texts, system_issue_texts
from core.overview.machine_texts import MACHINE_TEXTS
from core.wording.known_facts import fill_known
from i18n.language import Lang, catalogue, translator
from i18n.messages import sentences

ROOT = Path(__file__).parents[3]
PLACE = re.compile(r"%\((\w+)\)[sd]")
LANGS: tuple[Lang, ...] = ("zh", "en")
HOLES = re.compile(
    r"[（(][\s：:，,；;批]*[）)]|[（(][：:，,；;\s]|[：:，,；;\s][）)]|  |%\(|None|\b(for|at|to|from) [,.]"
)


def texts_of(value: object) -> Iterator[str]:
    """The sentences in the values of a module: constants, and tables of them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts_of(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from texts_of(part)


def fault_sentences() -> list[str]:
    modules = (doctor_texts, service_texts, system_issue_texts)
    texts = {
        text
        for module in modules
        for name, value in vars(module).items()
        if name.isupper()
        for text in texts_of(value)
    }
    texts |= set(texts_of(MACHINE_TEXTS))
    texts |= {text.text for text in (*ISSUE_TEXTS.values(), BROKER_TEXT)}
    return sorted(text for text in texts if re.search(r"[\u4e00-\u9fff]", text))


FAULTS = fault_sentences()
REMEDY = re.compile("请")


@pytest.mark.parametrize("text", FAULTS)
def test_no_missing_fact_leaves_a_hole(text: str) -> None:
    for lang in LANGS:
        translate = translator(lang)
        names = set(PLACE.findall(text))
        for missing in ({name} for name in names):
            facts = dict.fromkeys(names - missing, 7)
            assert not HOLES.search(shown := fill_known(text, facts, translate)), shown
        assert not HOLES.search(shown := fill_known(text, {}, translate)), shown
        assert not HOLES.search(shown := fill_known(text, dict.fromkeys(names, ""), translate)), shown


NO_FAULT = {"broker_fine", "disk_fine", "own_clock_right", "own_clock_unverified"}


def test_every_issue_and_trouble_names_a_remedy() -> None:
    silent = [text for text in system_issue_texts.SYSTEM_ISSUE_TEXTS.values() if not REMEDY.search(text)]
    silent += [text for text in service_texts.TROUBLE_TEXTS.values() if not REMEDY.search(text)]
    silent += [text.text for text in ISSUE_TEXTS.values() if not REMEDY.search(text.text)]
    silent += [
        code
        for code, text in MACHINE_TEXTS.items()
        if code not in NO_FAULT and not REMEDY.search(text.technician_todo)
    ]
    assert not silent, silent


COMMAND = re.compile(r"coldshed((?: [a-z][a-z-]*| --[a-z-]+| <[^>]+>)+)")


def named_commands() -> list[tuple[str, str]]:
    """(command, the sentence that names it): all sentences for people, in both languages."""
    english = catalogue("en")
    shown = {sentence.text for sentence in sentences()}
    shown |= {english[text] for text in shown if text in english}
    return sorted({(match[1].strip(), text) for text in shown for match in COMMAND.finditer(text)})


def refusal(words: list[str], command: Any) -> str:
    """Why the parser refuses the command that begins with these words, "" if it does not. What follows it is
    the sentence."""
    commands = getattr(command, "commands", None)
    if commands is not None:
        return refusal(words[1:], commands[words[0]]) if words[0] in commands else f"no command {words[0]}"
    try:
        command.make_context("", list(takewhile(lambda word: word[0] in "-<", words)))
    except Exception as error:  # noqa: BLE001 - the class depends on the parser's version
        return repr(error)
    return ""


def test_every_command_that_is_named_exists() -> None:
    group = typer.main.get_command(app)
    named = [(re.findall(r"<[^>]+>|\S+", words), text) for words, text in named_commands()]
    wrong = [f"{why}: {text}" for words, text in named if (why := refusal(words, group))]
    assert not wrong, "\n".join(wrong)
    assert {words[0] for words, _ in named} >= {"up", "restore", "migrate", "backup", "check"}


def test_every_setting_and_document_that_is_named_exists() -> None:
    variables = {variable_of(name) for name in setting_helps()}
    english = catalogue("en")
    for text in (*FAULTS, *(english[text] for text in FAULTS)):
        assert set(re.findall(r"COLDSHED_[A-Z_]+", text)) <= variables, text
        for path in re.findall(r"docs/[\w/.-]+\.md", text):
            assert (ROOT / path).exists(), text
