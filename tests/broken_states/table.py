"""Writes docs/operators/broken-states.md: `python -m tests.broken_states.table`."""

from pathlib import Path

from core.notifications.issue_texts import issue_text_of
from i18n.language import translator
from tests.broken_states.running import RUNNING
from tests.broken_states.state import BrokenState, Notice
from tests.broken_states.stopped import STOPPED
from tests.broken_states.watched import WATCHED

FILE = Path(__file__).parents[2] / "docs/operators/broken-states.md"
STATES = (*STOPPED, *RUNNING, *WATCHED)
WHO = {
    "start": "refused at start",
    "doctor": "`coldshed doctor`",
    "healthz": "`/healthz`",
    "healthy": "`coldshed healthy`",
    "page": "page",
    "restart": "restarted by `coldshed up`",
    "systemd": "restarted by systemd",
    "text": "text to technicians",
}
CODE = ("healthz", "healthy", "systemd")
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
    return notice.text if wanted is None else wanted.text


def table() -> str:
    return HEAD + "".join(_row(state, notice) for state in STATES for notice in state.notices)


def _row(state: BrokenState, notice: Notice) -> str:
    who = WHO[notice.who] + (", by day" if notice.by_day else "")
    source = sentence_of(notice)
    english = translator("en")(source)
    is_code = notice.who in CODE
    chinese = f"`{source}`" if is_code else source
    within = f"{notice.within_s:.0f}" + (f" ({notice.reason})" if notice.reason else "")
    cells = (state.name, who, within, chinese, "" if is_code else english)
    return "| " + " | ".join(cell.replace("<", "&lt;") for cell in cells) + " |\n"


if __name__ == "__main__":
    FILE.write_text(table(), "utf-8")
