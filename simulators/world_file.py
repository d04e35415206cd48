"""Stores the simulated world between runs in one small JSON file, replaced atomically."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE = "simulator.json"


@dataclass
class SavedWorld:
    """`start` to `until` (s since 1970) is the invented past. `world` is the state reached in it or in the
    present. `live_from` is when the running scenario began, `None` until the past is done."""

    seed: int
    weather: str
    start: float
    until: float
    world: dict[str, Any]
    live_from: float | None = None

    @property
    def at(self) -> float:
        return float(self.world["seconds"])

    @property
    def past_done(self) -> bool:
        return self.at >= self.until


def load(data_dir: Path) -> SavedWorld | None:
    """The saved world; None if there is none or its file is of another version."""
    try:
        saved = json.loads((data_dir / FILE).read_text())
        return SavedWorld(**saved) if isinstance(saved["world"]["states"], dict) else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def save(data_dir: Path, kept: SavedWorld) -> None:
    """Saves atomically: a reader sees the old file or the new one."""
    beside = data_dir / f"{FILE}.{os.getpid()}.new"
    beside.write_text(json.dumps(asdict(kept)))
    beside.replace(data_dir / FILE)
