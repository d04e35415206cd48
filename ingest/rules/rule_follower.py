"""Keeps a router at the rules as they are: those of the page, the files of the settings folder, and those
that come with the program. What is wrong is left out and said; the others go on."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from core.decoding.rules import Rule
from core.errors import Refused, StoreError
from ingest.rules.build import rule, shipped_rules
from ingest.rules.engine import CompiledRule
from ingest.rules.files import from_file
from ingest.rules.rule_list import RuleList
from store.database import Databases
from store.decoding.rules import recipes, versions
from store.overview import system_issues

log = logging.getLogger(__name__)

FOLDER = "recipes"
PROBLEM = "recipe:"
FILES_AT_MOST = 200

Seen = tuple[list[tuple[int, int]], list[tuple[str, int, int]]]


class RuleUsage(Protocol):
    """A router."""

    def use(self, rules: RuleList) -> None: ...


class RuleFollower:
    """`refresh` is cheap where nothing changed, and never raises: old rules stay until new ones are read."""

    def __init__(self, dbs: Databases, router: RuleUsage, now: Callable[[], int]) -> None:
        self._dbs, self._router, self._now = dbs, router, now
        self._folder = dbs.data_dir / FOLDER
        self._seen: Seen | None = None
        self._shipped = shipped_rules()

    def refresh(self) -> None:
        try:
            with self._dbs.records.read() as tx:
                seen = (versions(tx), _files(self._folder))
            if seen != self._seen:
                self._load()
                self._seen = seen
        except StoreError as error:
            log.error("the rules cannot be read now, those before stay: %s", error)

    def _load(self) -> None:
        wrong: dict[str, str] = {}
        with self._dbs.records.read() as tx:
            kept = [one for one in recipes(tx) if one.active]
        own = list(_ready({one.name: one.recipe for one in kept}, wrong))
        for name, _, _ in _files(self._folder):
            try:
                own.append(rule(from_file(self._folder / name)))
            except Refused as refused:
                wrong[name] = str(refused)
        self._router.use(RuleList(own, self._shipped))
        self._tell(wrong)

    def _tell(self, wrong: dict[str, str]) -> None:
        with self._dbs.records.write() as tx:
            for one in system_issues.problems(tx):
                if one.name.startswith(PROBLEM) and one.name.removeprefix(PROBLEM) not in wrong:
                    system_issues.clear(tx, one.name, self._now())
            for name, text in wrong.items():
                log.warning("the rule %s is left out: %s", name, text)
                system_issues.note(tx, PROBLEM + name, text, self._now())


def _ready(found: dict[str, Rule | None], wrong: dict[str, str]) -> Iterator[CompiledRule]:
    for name, recipe in found.items():
        try:
            if recipe is None:
                raise Refused("bad_recipe", "这条规则是旧的写法,请重新存一遍")
            yield rule(recipe)
        except Refused as refused:
            wrong[name] = str(refused)


def _files(folder: Path) -> list[tuple[str, int, int]]:
    """(name, when changed, size) of its rules."""
    try:
        found = [(path, path.stat()) for path in sorted(folder.glob("*.toml"))[:FILES_AT_MOST]]
    except OSError:
        return []
    return [(path.name, info.st_mtime_ns, info.st_size) for path, info in found if path.is_file()]
