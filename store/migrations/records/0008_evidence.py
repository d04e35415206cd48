"""What an alert knows is evidence of a kind, instead of five numbers whose meaning depends on its condition.

`limit` was a bound, minutes of silence, or how many other probes can be believed; whether nobody knows how
warm the room is was derived from it each time. Both are facts of the row now. Events stay as they are.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

FIGURES = ("limit", "value", "worst", "worst_at", "spot")
FAULTS = ("implausible", "stuck")

_alerts = sa.table(
    "alerts",
    sa.column("id", sa.Integer),
    *(sa.column(name, sa.Text) for name in ("condition", "metric", "class", "spot")),
    *(sa.column(name, sa.Float) for name in ("limit", "value", "worst")),
    sa.column("worst_at", sa.BigInteger),
    sa.column("evidence", sa.JSON),
    sa.column("blind", sa.Boolean),
)
_states = sa.table(
    "alert_states",
    sa.column("room", sa.Integer),
    *(sa.column(name, sa.Text) for name in ("condition", "metric", "class")),
    sa.column("state", sa.JSON),
)


def upgrade() -> None:
    op.add_column("alerts", sa.Column("evidence", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("alerts", sa.Column("blind", sa.Boolean(), server_default=sa.false(), nullable=False))
    connection = op.get_bind()
    for row in connection.execute(sa.select(_alerts)).mappings().all():
        evidence = evidence_of(row["condition"], {name: row[name] for name in FIGURES})
        blind = is_blind(row["condition"], row["metric"], row["class"], row["limit"])
        update = sa.update(_alerts).where(_alerts.c.id == row["id"])
        connection.execute(update.values(evidence=evidence, blind=blind))
    for row in connection.execute(sa.select(_states).where(_states.c.room != 0)).mappings().all():
        same = [_states.c[name] == row[name] for name in ("room", "condition", "metric", "class")]
        state = state_of(row["condition"], row["state"])
        connection.execute(sa.update(_states).where(*same).values(state=state))
    for name in FIGURES:
        op.drop_column("alerts", name)


def evidence_of(condition: str, figures: dict[str, Any]) -> dict[str, Any]:
    common = {"value": figures["value"], "spot": figures["spot"]}
    if condition == "silent":
        return {
            "kind": "silence",
            **common,
            "quiet_minutes": figures["limit"],
            "last_value": figures["worst"],
            "last_at": figures["worst_at"],
        }
    if condition in FAULTS:
        return {
            "kind": "probe_fault",
            **common,
            "reported": figures["worst"],
            "reported_at": figures["worst_at"],
            "other_probes": int(figures["limit"]),
        }
    return {
        "kind": "bound",
        **common,
        "bound": figures["limit"],
        "worst": figures["worst"],
        "worst_at": figures["worst_at"],
    }


def is_blind(condition: str, metric: str, position_class: str, limit: float) -> bool:
    if condition == "silent":
        return True
    return condition in FAULTS and metric == "temperature" and position_class != "outside" and limit < 1


def state_of(condition: str, state: dict[str, Any]) -> dict[str, Any]:
    begun = state.get("since") is not None or state.get("severity") is not None
    figures = {"limit": 0.0, "value": 0.0, "worst": 0.0, "worst_at": 0, "spot": None}
    figures.update({name: state[name] for name in FIGURES if name in state})
    return {
        "version": state.get("version", 0),
        "since": state.get("since"),
        "hard_since": state.get("hard_since"),
        "severity": state.get("severity"),
        "judged_at": state.get("judged_at", 0),
        "evidence": evidence_of(condition, figures) if begun else None,
    }
