"""The command line with its help texts. `coldshed/__main__.py` starts services without it."""

import os
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from coldshed import (
    backup_commands,
    credentials_command,
    forget_command,
    history_command,
    move_command,
    services,
)
from coldshed.refusing import exit_on_refusal
from coldshed.services import FAILED

app = typer.Typer(
    help="Coldshed 库棚通: watches cold stores and mushroom sheds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (backup_commands.backup, backup_commands.restore, backup_commands.check, move_command.move):
    app.command()(command)
credentials_command.app.command()(forget_command.forget)
app.add_typer(credentials_command.app, name="devices")
app.add_typer(history_command.app, name="history")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"coldshed {version('coldshed')}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="print the version")
    ] = False,
) -> None:
    """Coldshed 库棚通: watches cold stores and mushroom sheds."""


Under = Annotated[int, typer.Option("--under", hidden=True, help="the process to end with")]
Demo = Annotated[bool, typer.Option("--demo", help="the demo federation, with simulated rooms")]


@app.command()
def broker(under: Under = 0) -> None:
    """Runs the included MQTT broker: Mosquitto if it is installed, else amqtt."""
    raise typer.Exit(services.run("broker", under))


@app.command()
def ingest(under: Under = 0) -> None:
    """Receives messages from the broker and stores every reading in the journal."""
    raise typer.Exit(services.run("ingest", under))


@app.command()
def record(under: Under = 0) -> None:
    """Copies readings from the journal to the history, with 5-minute and hourly roll-ups."""
    raise typer.Exit(services.run("record", under))


@app.command()
def alerts(under: Under = 0) -> None:
    """Follows the journal, decides when to alert people, and notifies them."""
    raise typer.Exit(services.run("alerts", under))


@app.command()
def web(under: Under = 0) -> None:
    """Serves the web page and the API."""
    raise typer.Exit(services.run("web", under))


@app.command()
def simulate(under: Under = 0) -> None:
    """Runs simulated rooms and devices that speak real MQTT, for the demo."""
    raise typer.Exit(services.run("simulate", under))


@app.command()
def backfill(under: Under = 0) -> None:
    """Writes the demo's past 30 days, once."""
    raise typer.Exit(services.run("backfill", under))


@app.command(hidden=True)
def backups(under: Under = 0) -> None:
    """Makes the day's backup in COLDSHED_BACKUP_DIR if it is due; for timers."""
    raise typer.Exit(services.run("backups", under))


@app.command()
def up(demo: Demo = False) -> None:
    """Runs all services and restarts those that end. --demo shows a federation with simulated rooms."""
    from coldshed.up import main

    raise typer.Exit(main(["--demo"] if demo else []))


@app.command()
def migrate(
    new_federation: Annotated[
        bool, typer.Option("--new-federation", help="begin with empty records although devices are known")
    ] = False,
    no_copy: Annotated[
        bool, typer.Option("--no-copy", help="without the copy that an update keeps of the data")
    ] = False,
) -> None:
    """Migrates the databases to this version and creates the first account (COLDSHED_ADMIN_PASSWORD)."""
    with exit_on_refusal():
        from coldshed.prepare import prepare_one_service
        from coldshed.settings_loader import load

        prepare_one_service(load().settings, new_federation=new_federation, copy=not no_copy)


class Watched(StrEnum):
    INGEST = "ingest"
    RECORD = "record"
    ALERTS = "alerts"
    WEB = "web"
    UP = "up"


@app.command()
def healthy(
    services: list[Watched],
    end: Annotated[bool, typer.Option("--end-hung", help="kill those that hang, to be restarted")] = False,
) -> None:
    """Checks services, for containers. Prints what is wrong and exits with 1 if a service does not work."""
    with exit_on_refusal():
        from coldshed.health_check import end_hung, faulty_services
        from coldshed.settings_loader import load

        settings = load().settings
        faults = end_hung(settings, services) if end else []
        faults = faults or faulty_services(settings, services)
    for line in faults:
        print(line)
    raise typer.Exit(FAILED if faults else 0)


@app.command()
def demo(under: Under = 0) -> None:
    """Creates the demo federation and prints its accounts; `up` shows it."""
    if under:
        from coldshed.service_process import end_with_parent

        end_with_parent(under)
    with exit_on_refusal():
        from coldshed.prepare import make_demo
        from coldshed.settings_loader import load

        make_demo(load().settings)


@app.command(hidden=True)
def prepare(
    plan: Annotated[int, typer.Option(help="where to write the plan: an open file's number")],
    demo: Demo = False,
    under: Under = 0,
) -> None:
    """Prepares everything that `up` needs before it starts the services."""
    if under:
        from coldshed.service_process import end_with_parent

        end_with_parent(under)
    with exit_on_refusal():
        from coldshed.prepare import prepare as run
        from coldshed.settings_loader import load

        text = run(load().settings, demo)
    with os.fdopen(plan, "w", encoding="utf-8") as pipe:
        pipe.write(text)


@app.command()
def bridge(
    village: Annotated[str, typer.Argument(help="this box's village, as its login at the hub is called")],
    hub: Annotated[str, typer.Argument(help="mqtts://user:password@hub.example:8883")],
    ca: Annotated[Path | None, typer.Option(help="the CA's certificate, where the hub has its own")] = None,
) -> None:
    """Prints the configuration that forwards readings to a hub, for conf.d/bridge.conf of this box's
    Mosquitto."""
    from coldshed.bridge import bridge_config, rules_of
    from coldshed.data import databases
    from coldshed.settings_loader import load
    from store.clock import now_ms

    with exit_on_refusal(), databases(load().settings) as dbs:
        print(bridge_config(village, hub, ca, rules_of(dbs, now_ms())), end="")


@app.command()
def doctor(
    quick: Annotated[bool, typer.Option("--quick", help="without filling the broker's queue")] = False,
) -> None:
    """Checks every part and prints what is wrong and what to do. Exits with 1 if anything is bad."""
    with exit_on_refusal():
        from coldshed.doctor.report import run
        from coldshed.settings_loader import load

        code = run(load().settings, thorough=not quick)
    raise typer.Exit(code)


@app.command("last-word")
def last_word(
    minutes: Annotated[int | None, typer.Option(min=1, max=1440, help="of battery left, if known")] = None,
) -> None:
    """Notifies everybody responsible that the box will lose power and waits until it is sent. For a UPS."""
    with exit_on_refusal():
        from coldshed.last_word import run
        from coldshed.settings_loader import load

        code = run(load().settings, minutes)
    raise typer.Exit(code)


@app.command()
def settings() -> None:
    """Prints every setting with its effective value and where it is set."""
    with exit_on_refusal():
        from coldshed.settings_loader import load
        from coldshed.settings_table import table

        print(table(load()))


@app.command()
def decode(
    topic: Annotated[str, typer.Argument(help="the MQTT topic, such as dtu/866123/up")],
    message: Annotated[str, typer.Argument(help="a file with the message; - is what comes in")] = "-",
    hexadecimal: Annotated[str, typer.Option("--hex", help="the message as hexadecimal bytes")] = "",
    rule: Annotated[
        Path | None, typer.Option("--rule", "--recipe", help="try this rule (a TOML file) and no other")
    ] = None,
) -> None:
    """Shows what a message means: which family or rule decodes it, its readings, and what was rejected.

    Exits with 0 if there is a reading, with 1 if there is none, with 2 if the rule is wrong.
    """
    with exit_on_refusal():
        from coldshed.decode_command import run
        from coldshed.settings_loader import load

        code = run(topic, message, hexadecimal, rule, load().settings)
    raise typer.Exit(code)
