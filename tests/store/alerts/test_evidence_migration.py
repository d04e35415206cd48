"""Alerts and states of the version before evidence stay readable, one of each condition."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from core.alerts.alerts import AlertKey
from core.alerts.evidence import BoundEvidence, Evidence, ProbeFaultEvidence, SilenceEvidence
from core.alerts.judging import ConditionState
from store import schema
from store.alerts import alerts, engine_state
from store.database import Databases

T = 1_768_320_000_000
Figures = tuple[float, float, float, int, str | None]
BEFORE: dict[tuple[str, str, str], tuple[Figures, Evidence, bool]] = {
    ("high", "temperature", "air"): (
        (7.0, 8.4, 9.1, T - 5, "door"),
        BoundEvidence(8.4, "door", bound=7.0, worst=9.1, worst_at=T - 5),
        False,
    ),
    ("low", "humidity", "core"): (
        (80.0, 71.0, 70.0, T - 6, None),
        BoundEvidence(71.0, None, bound=80.0, worst=70.0, worst_at=T - 6),
        False,
    ),
    ("silent", "temperature", ""): (
        (10.0, 5.0, 3.9, T - 7, "back"),
        SilenceEvidence(5.0, "back", quiet_minutes=10.0, last_value=3.9, last_at=T - 7),
        True,
    ),
    ("implausible", "temperature", "air"): (
        (0.0, 4.1, 85.0, T - 8, "door"),
        ProbeFaultEvidence(4.1, "door", reported=85.0, reported_at=T - 8, other_probes=0),
        True,
    ),
    ("stuck", "temperature", "core"): (
        (2.0, 3.9, 3.9, T - 9, "pile"),
        ProbeFaultEvidence(3.9, "pile", reported=3.9, reported_at=T - 9, other_probes=2),
        False,
    ),
    ("stuck", "temperature", "outside"): (
        (0.0, 3.9, 3.9, T - 9, "outside"),
        ProbeFaultEvidence(3.9, "outside", reported=3.9, reported_at=T - 9, other_probes=0),
        False,
    ),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """At the version before, with one alert and one state of each, then migrated."""
    url = "sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    databases = Databases(tmp_path, url)
    with databases.records.write() as tx:
        _migrate_to(tx, "0007")
        tx.execute(sa.text("INSERT INTO sites (id, name) VALUES (1, '古池库区')"))
        tx.execute(sa.text("INSERT INTO rooms (id, site, name, kind) VALUES (1, 1, '2号库', 'cold_room')"))
        for (condition, metric, position_class), (figures, _, _) in BEFORE.items():
            limit, value, worst, worst_at, spot = figures
            facts = {"limit": limit, "value": value, "worst": worst, "worst_at": worst_at, "spot": spot}
            key = {"c": condition, "m": metric, "p": position_class}
            tx.execute(
                sa.text(
                    'INSERT INTO alerts (room, condition, metric, "class", severity, status, since,'
                    ' activated_at, "limit", value, worst, worst_at, spot) VALUES'
                    " (1, :c, :m, :p, 'warning', 'active', 1, 2, :limit, :value, :worst, :worst_at, :spot)"
                ),
                {**key, **facts},
            )
            state: dict[str, object] = {
                "version": 3,
                "since": 1,
                "hard_since": None,
                "severity": "warning",
                "judged_at": T,
                **facts,
            }
            _add_state(tx, 1, condition, metric, position_class, state)
        quiet: dict[str, object] = {
            "version": 4,
            "since": None,
            "hard_since": None,
            "severity": None,
            "judged_at": 5,
        }
        quiet |= {"limit": 7.0, "value": 0.0, "worst": 0.0, "worst_at": 0, "spot": None}
        _add_state(tx, 1, "high", "co2", "air", quiet)
        _add_state(tx, 0, "listening", "", "", {"ms": 6, "at": 7, "connected": True})
    schema.migrate(databases)
    yield databases
    databases.close()


def _migrate_to(tx: sa.Connection, version: str) -> None:
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS records")
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("version_locations", str(schema.MIGRATIONS / "records"))
    config.set_main_option("path_separator", "newline")
    metadata = schema.METADATA["records"]
    config.attributes.update(connection=tx, metadata=metadata, on_applied=lambda **_: None)
    command.upgrade(config, version)


def _add_state(
    tx: sa.Connection, room: int, condition: str, metric: str, position_class: str, state: dict[str, object]
) -> None:
    tx.execute(
        sa.text(
            'INSERT INTO alert_states (room, condition, metric, "class", state) VALUES (:r, :c, :m, :p, :s)'
        ),
        {"r": room, "c": condition, "m": metric, "p": position_class, "s": json.dumps(state)},
    )


def test_every_alert_keeps_its_numbers_as_evidence(upgraded: Databases) -> None:
    with upgraded.records.read() as tx:
        by_key = {alert.key[1:4]: alert for alert in alerts.alerts(tx)}
    assert len(by_key) == len(BEFORE)
    for key, (figures, evidence, blind) in BEFORE.items():
        alert = by_key[key]
        assert (alert.evidence, alert.blind) == (evidence, blind), key
        assert alert.evidence.figures == figures, key


def test_the_engine_goes_on_from_every_state(upgraded: Databases) -> None:
    with upgraded.records.read() as tx:
        states = engine_state.condition_states(tx)
        assert engine_state.listening(tx) == (6, 7, True)
    for (condition, metric, position_class), (_, evidence, _) in BEFORE.items():
        state = states.pop(AlertKey(1, condition, metric, position_class))
        assert state == ConditionState(3, 1, "warning", T, evidence)
    assert states == {AlertKey(1, "high", "co2", "air"): ConditionState(version=4, judged_at=5)}
