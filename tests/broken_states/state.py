"""A row of the table of broken states: what is broken, and who says it within how many seconds."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from alerts.box_watch import EVERY_S as BOX_EVERY_S
from alerts.service import WATCH_EVERY_S
from core.notifications.issue_texts import issue_text_of
from core.overview.machine_health import LISTENER_MISSING_MS
from core.overview.service_progress import HUNG_AFTER_S
from store.overview.progress_files import EVERY_S as REPORT_EVERY_S

Who = Literal["start", "doctor", "healthz", "healthy", "page", "restart", "systemd", "text"]
AT_ONCE_S = 0.0
HUNG_S = HUNG_AFTER_S + REPORT_EVERY_S
"""A service that hangs, until whoever asks is notice."""
HUNG_TEXT_S = HUNG_S + 2 * WATCH_EVERY_S
"""A trouble is told once it was seen twice."""
MISSING_S = LISTENER_MISSING_MS / 1000
BOX_S = BOX_EVERY_S


def text_s(issue: str, noted_s: float) -> float:
    """When an issue that is noted after `noted_s` is on a technician's phone."""
    wanted = issue_text_of(issue)
    assert wanted is not None, issue
    return noted_s + wanted.after / 1000 + WATCH_EVERY_S


class Notice(NamedTuple):
    """`text`: the Chinese source sentence, or the `reason` of `/healthz`. `within_s`: with the settings as
    they come; 0 where somebody asks (the doctor) or nothing starts. `reason`: why it may take longer than
    five minutes."""

    who: Who
    text: str
    within_s: float = AT_ONCE_S
    by_day: bool = False
    reason: str = ""


@dataclass(frozen=True)
class BrokenState:
    """`damage` breaks a stopped house in its data folder."""

    name: str
    notices: tuple[Notice, ...]
    damage: Callable[[Path], None] = lambda _folder: None


def says(source: str, text: str) -> bool:
    """Whether `text` is the sentence `source` with its facts."""
    parts = re.split(r"%\(\w+\)[sd]", source)
    return re.search(".*".join(re.escape(part.replace("%%", "%")) for part in parts), text) is not None
