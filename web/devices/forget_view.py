"""What the page shows before devices are forgotten: which, and which stay and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.context import ApiContext
from core.devices.forgetting import TIE_TEXTS, DeviceSelection, KnownDevice
from store.devices import devices, forgetting
from web.base.localizer import Localizer

SHOWN = 30


@dataclass(frozen=True, slots=True)
class ForgetRow:
    """`facts`: who made it and for how long it is silent, or why it stays."""

    device: str
    facts: str


@dataclass(frozen=True, slots=True)
class ForgetPreview:
    """The first rows of each list, and how many there are in all."""

    rows: Sequence[ForgetRow]
    count: int
    kept: Sequence[ForgetRow]
    kept_count: int


def forget_preview(
    context: ApiContext, words: Localizer, now: int, selection: DeviceSelection
) -> ForgetPreview:
    """Refused: a name that does not exist."""
    plan = forgetting.plan(context.dbs, selection)
    return ForgetPreview(
        [ForgetRow(device.id, _facts(device, words, now)) for device in plan.forget[:SHOWN]],
        len(plan.forget),
        [ForgetRow(device.id, words(TIE_TEXTS[tie])) for device, tie in plan.kept[:SHOWN]],
        len(plan.kept),
    )


def login_choices(context: ApiContext, words: Localizer) -> list[tuple[str, str]]:
    """Those who made the most devices first."""
    with context.dbs.journal.read() as tx:
        uses = devices.uses_by_login(tx)
    ranked = sorted(((-use.devices, login) for login, use in uses.items() if login))
    return [(login, words("%(login)s（%(n)s个）", login=login, n=-count)) for count, login in ranked]


def _facts(device: KnownDevice, words: Localizer, now: int) -> str:
    silence = words("从没来过数")
    if device.heard_at:
        silence = words("%(long)s没数", long=words.long(max(0, now - device.heard_at)))
    return f"{device.login} · {silence}" if device.login else silence
