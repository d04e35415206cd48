"""`coldshed decode`: prints what a message means; changes nothing."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from coldshed.data import WATCHING, databases
from coldshed.messages import translated
from coldshed.settings import Settings
from core.decoding.rules import Rule, RuleTrial
from core.errors import Refused, SettingsError, StoreError
from core.metrics import METRICS
from ingest.decoders.reasons import REASONS
from ingest.rules.build import compile_rule
from ingest.rules.compiled import CompiledRule
from ingest.rules.files import from_file
from ingest.rules.rule_follower import rule_files
from ingest.rules.workbench import PAYLOAD_AT_MOST, Workbench
from store.clock import now_ms
from store.decoding.rules import StoredRule, stored_rules

READ, NOTHING, WRONG = 0, 1, 2
"""Exit codes: at least one reading; no reading; the rule or the arguments are wrong."""


def run(topic: str, message: str, hexadecimal: str, rule: Path | None, settings: Settings) -> int:
    """Prints which family or rule decodes the message, its readings, and what was rejected and why."""
    try:
        payload = _payload(message, hexadecimal)
        wanted = from_file(rule) if rule is not None else None
        bench = Workbench(() if wanted is not None else _own(settings))
        zone = ZoneInfo(settings.timezone)
        trial = bench.attempt(wanted, topic, payload, now_ms(), zone)
    except Refused as refused:
        print(translated(refused.text, **refused.facts), file=sys.stderr)
        return WRONG
    except OSError as error:
        print(translated("文件读不了:%(what)s", what=error), file=sys.stderr)
        return WRONG
    show(Console(), topic, trial, wanted, zone)
    return READ if trial.got else NOTHING


def _payload(message: str, hexadecimal: str) -> bytes:
    if hexadecimal:
        try:
            return bytes.fromhex(hexadecimal)
        except ValueError:
            raise Refused("bad_hex", "--hex 后面要写十六进制,像 010304 这样") from None
    if message == "-":
        return sys.stdin.buffer.read(PAYLOAD_AT_MOST + 1)
    return Path(message).read_bytes()


def _own(settings: Settings) -> Sequence[CompiledRule]:
    """The rules of the page and of the settings folder; names those that cannot be read on stderr."""
    rules = [
        compile_rule(stored.rule)
        for stored in _of_the_page(settings)
        if stored.active and stored.rule is not None
    ]
    for file in rule_files(settings.data_dir):
        try:
            rules.append(compile_rule(from_file(file.path)))
        except Refused as refused:
            print(f"{file.path.name}: {translated(refused.text, **refused.facts)}", file=sys.stderr)
    return rules


def _of_the_page(settings: Settings) -> list[StoredRule]:
    try:
        with databases(settings, *WATCHING) as dbs, dbs.records.read() as tx:
            return stored_rules(tx)
    except (SettingsError, StoreError):
        return []  # not set up yet


def show(console: Console, topic: str, trial: RuleTrial, rule: Rule | None, zone: ZoneInfo) -> None:
    reader = trial.reader or translated("没有谁认得")
    console.print(f"{topic}  →  {reader}", markup=False, highlight=False)
    for device, name in zip(trial.devices, trial.names, strict=True):
        console.print(f"  {device} {name}".rstrip(), markup=False, highlight=False)
    if trial.got:
        table = Table(*(translated(title) for title in ("设备", "位置", "是什么", "数", "时间")))
        for value in trial.got:
            at = translated("到的时候") if value.at is None else _local(value.at, zone)
            table.add_row(
                value.device,
                value.position,
                value.metric,
                f"{value.value:g} {METRICS[value.metric].unit}",
                at,
            )
        console.print(table)
    for lost in trial.lost:
        where = " ".join(filter(None, (lost.device, lost.position, lost.metric)))
        console.print(f"✕ {where}: {translated(REASONS[lost.reason])}", markup=False, highlight=False)
    if trial.refused:
        detail = f" ({trial.detail})" if trial.detail and trial.detail != trial.refused else ""
        console.print(f"✕ {translated(REASONS[trial.refused])}{detail}", markup=False, highlight=False)
    elif not trial.got and not trial.lost:
        console.print(translated("里面没有要记的数"), markup=False, highlight=False)


def _local(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at / 1000, zone).isoformat(sep=" ", timespec="seconds")
