"""`coldshed devices forget`: forgets devices that were made up."""

from typing import Annotated

import typer

from coldshed.data import WATCHING, databases
from coldshed.messages import translated
from coldshed.progress import Progress
from coldshed.refusing import exit_on_refusal
from coldshed.settings_loader import load
from coldshed.settings_table import columns
from core.devices.forgetting import TIE_TEXTS, DeviceSelection, ForgetPlan, KnownDevice
from core.errors import Refused
from core.times import DAY_MS
from core.wording.durations import duration
from core.wording.style import FULL
from store.clock import now_ms
from store.devices import forgetting

LISTED = 20
Names = Annotated[list[str] | None, typer.Argument(help="ids of devices")]


def forget(
    names: Names = None,
    like: Annotated[str, typer.Option(help="ids of this form, with * and ?")] = "",
    login: Annotated[str, typer.Option(help="devices that this login made, such as gateway-1")] = "",
    silent: Annotated[int, typer.Option(min=0, help="devices not heard for so many days")] = 0,
    yes: Annotated[bool, typer.Option("--yes", help="forget them; without it they are only listed")] = False,
) -> None:
    """Forgets devices that were made up, and their readings. Every condition must hold. A device that was
    placed, calibrated, replaced or part of an alert stays. One that speaks again is new."""
    with exit_on_refusal(), databases(load().settings, *WATCHING) as dbs:
        since = now_ms() - silent * DAY_MS if silent else None
        selection = DeviceSelection(frozenset(names or ()), like, login, since)
        plan = forgetting.plan(dbs, selection)
        _show(plan)
        if not plan.forget:
            raise Refused("nothing_to_forget", "没有能忘掉的设备")
        if not yes:
            print(translated("上面%(n)s个会忘掉，数也一起。真要忘，就在后面加 --yes", n=len(plan.forget)))
            return
        done, _ = forgetting.forget(dbs, selection, now_ms, Progress(translated("忘掉")))
    print(translated("忘掉了%(n)s个。再来数的，算新设备", n=done))


def _show(plan: ForgetPlan) -> None:
    rows = [(device.id, device.login, _silence(device)) for device in plan.forget[:LISTED]]
    print(columns([(translated("设备"), translated("谁报来的"), translated("多久没数")), *rows]))
    _more(len(plan.forget))
    if plan.kept:
        print(translated("这%(n)s个留下：", n=len(plan.kept)))
        print(columns([(device.id, translated(TIE_TEXTS[tie])) for device, tie in plan.kept[:LISTED]]))
        _more(len(plan.kept))


def _more(count: int) -> None:
    if count > LISTED:
        print(translated("……还有%(n)s个", n=count - LISTED))


def _silence(device: KnownDevice) -> str:
    if not device.heard_at:
        return translated("从没来过数")
    long = duration(max(0, now_ms() - device.heard_at), FULL)
    return translated(long.text, **long.facts)
