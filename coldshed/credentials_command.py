"""`coldshed devices`: issues, lists and revokes logins at the broker."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from coldshed import broker, broker_credentials
from coldshed.data import WATCHING, databases
from coldshed.messages import translated
from coldshed.public_broker_address import server
from coldshed.refusing import exit_on_refusal
from coldshed.settings import Settings
from coldshed.settings_loader import load
from coldshed.settings_table import columns
from core.devices.device_settings import IssuedCredential, settings_text
from core.devices.families import FAMILY_BY_ID
from core.errors import Refused
from store.clock import now_ms
from store.database import Databases
from store.devices import credentials, devices
from store.devices.credentials import NewCredential
from store.overview.health import is_listener_away

app = typer.Typer(
    help="Issues, lists and revokes device logins; forgets made-up devices.", no_args_is_help=True
)

FAMILY_IDS = ", ".join(FAMILY_BY_ID)
Names = Annotated[list[str] | None, typer.Argument(help="names to log in with, one per device")]


@app.command("credentials")
def issue(
    names: Names = None,
    family: Annotated[
        str, typer.Option(help=f"one of {', '.join(FAMILY_BY_ID)}; default: as it is known")
    ] = "",
    at: Annotated[str, typer.Option(help="its own part of the topic, where it is not its name")] = "",
    topic: Annotated[list[str] | None, typer.Option(help="a filter it may publish to besides")] = None,
    many: Annotated[
        Path | None, typer.Option("--from", help="a file, one `name[,family[,at]]` a line", exists=True)
    ] = None,
    renew: Annotated[bool, typer.Option("--renew", help="a new password where it has a login")] = False,
    table: Annotated[bool, typer.Option("--table", help="one line a device: name, password, family")] = False,
) -> None:
    """Issues a login per device, which may publish only as itself. The passwords are shown only once."""
    with exit_on_refusal():
        settings = load().settings
        wanted = [(name, family, at) for name in names or ()] + (_from_file(many, family) if many else [])
        if broker_credentials.folder(settings) is None:
            text = "消息服务器不归这里管：登录要在它那里加，或者写 COLDSHED_MQTT_LOGINS_DIR"
            raise Refused("broker_elsewhere", text)
        if not wanted:
            raise Refused("no_names", "请写要登录的设备的名字")
        with databases(settings, *WATCHING) as dbs:
            credentials_issued = _issue(settings, dbs, wanted, topic or [], renew)
            _in_force(settings, dbs)
    if table:
        print(columns([(issued.name, issued.password, issued.family) for issued in credentials_issued]))
        return
    for issued in credentials_issued:
        print(f"# {issued.name} ({issued.family})\n{settings_text(server(settings), issued)}")
    print(translated("密码只显示这一次。没有登录的，从现在起谁都连不上。"), file=sys.stderr)


@app.command("list")
def show(
    every: Annotated[bool, typer.Option("--all", help="also those that were taken back")] = False,
) -> None:
    """Lists logins: name, family, topics it publishes to, issue date. Passwords are not stored."""
    with exit_on_refusal(), databases(load().settings) as dbs, dbs.records.read() as tx:
        logins = credentials.active(tx) + (credentials.ended(tx) if every else [])
    rows = [
        (
            translated("登录名"),
            translated("是哪种"),
            translated("发到"),
            translated("哪天给的"),
            translated("哪天收回的"),
        )
    ]
    rows += [
        (login.name, login.family, _where(login), _day(login.issued_at), _day(login.revoked_at))
        for login in logins
    ]
    print(columns(rows))


@app.command()
def revoke(names: Annotated[list[str], typer.Argument(help="names of logins to take back")]) -> None:
    """Revokes logins. Clients that use them are disconnected and cannot connect again."""
    with exit_on_refusal():
        settings = load().settings
        with databases(settings, *WATCHING) as dbs:
            with dbs.records.write() as tx:
                for name in names:
                    credentials.revoke(tx, now_ms(), name)
            _in_force(settings, dbs)


def _issue(
    settings: Settings, dbs: Databases, wanted: list[tuple[str, str, str]], topics: list[str], renew: bool
) -> list[IssuedCredential]:
    """Issues all of them or none."""
    with dbs.journal.read() as tx:
        family_by_device = {device.id: device.family for device in devices.devices(tx)}
    taken, issued = broker_credentials.reserved_names(settings), []
    with dbs.records.write() as tx:
        for name, family, at in wanted:
            if not family:
                family = family_by_device.get(name, "coldshed")
                family = family if family in FAMILY_BY_ID else "coldshed"
            password = credentials.issue(
                tx,
                now_ms(),
                NewCredential(name=name, family=family, at=at, topics=topics),
                taken=taken,
                renew=renew,
            )
            issued.append(IssuedCredential(name.strip(), password, family, at))
    return issued


def _from_file(file: Path, family: str) -> list[tuple[str, str, str]]:
    rows = []
    for line in file.read_text("utf-8-sig").splitlines():
        name, kind, at = (*(part.strip() for part in line.split(",")), "", "", "")[:3]
        if name and not name.startswith("#"):
            rows.append((name, kind or family, at))
    return rows


def _in_force(settings: Settings, dbs: Databases) -> None:
    """Updates the broker now if the listener is connected: a reload without it would lose readings (see
    `CredentialFollower`). Otherwise the listener's process does it within a second of its connection."""
    with dbs.journal.read() as tx:
        if is_listener_away(tx, now_ms()):
            print(translated("登录记下了。收数的程序一连上消息服务器，它就生效。"), file=sys.stderr)
            return
    try:
        if broker.update_files(settings, dbs):
            broker.reload_logins(broker.running_broker(settings))
    except OSError as error:
        print(
            translated("登录记下了，但文件写不了（%(error)s）。收数的程序会再写。", error=error),
            file=sys.stderr,
        )


def _where(credential: credentials.Credential) -> str:
    return " ".join(right.topic for right in credential.rights if right.access != "read")


def _day(at: int | None) -> str:
    return "" if at is None else time.strftime("%Y-%m-%d", time.gmtime(at / 1000))
