"""Writes docs/operators/broken-states.md: `python -m tests.broken_states.table`."""

from pathlib import Path

from core.notifications.issue_texts import issue_text_of
from i18n.language import translator
from tests.broken_states.running import RUNNING
from tests.broken_states.state import BrokenState, Notice
from tests.broken_states.stopped import STOPPED

FILE = Path(__file__).parents[2] / "docs/operators/broken-states.md"
STATES = (*STOPPED, *RUNNING)
WHO = {
    "start": "refused at start",
    "doctor": "`coldshed doctor`",
    "healthz": "`/healthz`",
    "page": "page",
    "text": "text to technicians",
}
HEAD = """\
# Broken states

What is broken, who says it, after how many seconds at most, in which words, with the remedy. Generated from
the tests in `tests/broken_states` by `python -m tests.broken_states.table`; each row is broken there on real
files, processes and ports. 0 s: at the start, or when somebody asks. A placeholder
such as `%(why)s` is filled in.

| state | who | within s | 中文 | English |
|---|---|---|---|---|
"""


def sentence_of(notice: Notice) -> str:
    if notice.who != "text":
        return notice.text
    wanted = issue_text_of(notice.text)
    assert wanted is not None
    return wanted.text


def table() -> str:
    return HEAD + "".join(_row(state, notice) for state in STATES for notice in state.notices)


def _row(state: BrokenState, notice: Notice) -> str:
    who = WHO[notice.who] + (", by day" if notice.by_day else "")
    source = sentence_of(notice)
    english = translator("en")(source)
    chinese = f"`{source}`" if notice.who == "healthz" else source
    cells = (state.name, who, f"{notice.within_s:.0f}", chinese, "" if notice.who == "healthz" else english)
    return "| " + " | ".join(cell.replace("<", "&lt;") for cell in cells) + " |\n"


if __name__ == "__main__":
    FILE.write_text(table(), "utf-8")
