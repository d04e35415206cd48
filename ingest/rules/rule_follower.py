"""Keeps a router's rules current: those of the page, of the data folder, and the shipped ones. A faulty
rule is skipped and reported; the others stay in use."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from core.decoding.rules import Rule
from core.errors import Refused, StoreError
from ingest.rules.build import compile_rule, shipped_rules
from ingest.rules.compiled import CompiledRule
from ingest.rules.files import from_file
from ingest.rules.rule_list import RuleList
from store.database import Databases
from store.decoding.rules import stored_rules, versions
from store.overview import system_issues

log = logging.getLogger(__name__)

FOLDERS = ("rules", "recipes")
"""Folders in the data folder; early versions used `recipes`."""
PROBLEM = "rule:"
FILES_AT_MOST = 200

Versions = tuple[list[tuple[int, int]], list["RuleFile"]]


class RuleFile(NamedTuple):
    path: Path
    changed_ns: int
    size: int


class RuleUsage(Protocol):
    """The part of a router that takes rules."""

    def use_rules(self, rules: RuleList) -> None: ...


class RuleFollower:
    """`refresh` is cheap if nothing changed. It never raises; old rules stay until new ones are read."""

    def __init__(self, dbs: Databases, router: RuleUsage, now: Callable[[], int]) -> None:
        self._dbs, self._router, self._now = dbs, router, now
        self._versions: Versions | None = None
        self._shipped = shipped_rules()

    def refresh(self) -> None:
        try:
            with self._dbs.records.read() as tx:
                stored, files = versions(tx), rule_files(self._dbs.data_dir)
            if (stored, files) != self._versions:
                self._load(files)
                self._versions = (stored, files)
        except StoreError as error:
            log.error("cannot read the rules, the previous ones stay in use: %s", error)

    def _load(self, files: list[RuleFile]) -> None:
        faults: dict[str, str] = {}
        with self._dbs.records.read() as tx:
            active = [stored for stored in stored_rules(tx) if stored.active]
        own = list(_compiled({stored.name: stored.rule for stored in active}, faults))
        for file in files:
            try:
                own.append(compile_rule(from_file(file.path)))
            except Refused as refused:
                faults[file.path.name] = str(refused)
        self._router.use_rules(RuleList(own, self._shipped))
        self._report(faults)

    def _report(self, faults: dict[str, str]) -> None:
        with self._dbs.records.write() as tx:
            for issue in system_issues.open_issues(tx):
                if issue.name.startswith(PROBLEM) and issue.name.removeprefix(PROBLEM) not in faults:
                    system_issues.clear(tx, issue.name, self._now())
            for name, text in faults.items():
                log.warning("rule %s is not used: %s", name, text)
                system_issues.note(tx, PROBLEM + name, text, self._now())


def _compiled(rules: dict[str, Rule | None], faults: dict[str, str]) -> Iterator[CompiledRule]:
    for name, rule in rules.items():
        try:
            if rule is None:
                raise Refused("bad_rule", "这条规则是旧的写法,请重新存一遍")
            yield compile_rule(rule)
        except Refused as refused:
            faults[name] = str(refused)


def rule_files(data_dir: Path) -> list[RuleFile]:
    """The rule files of the data folder, by name."""
    files: list[RuleFile] = []
    for folder in FOLDERS:
        try:
            for path in sorted((data_dir / folder).glob("*.toml"))[:FILES_AT_MOST]:
                facts = path.stat()
                if path.is_file():
                    files.append(RuleFile(path, facts.st_mtime_ns, facts.st_size))
        except OSError:
            continue
    return files
