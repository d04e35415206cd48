"""`coldshed backup`, `restore` and `check`."""

from pathlib import Path
from typing import Annotated

import typer

from coldshed.refusing import exit_on_refusal
from coldshed.services import FAILED


def backup(
    folder: Annotated[Path, typer.Argument(help="where backups are kept, such as a USB stick")],
    keep: Annotated[int, typer.Option(min=1, help="how many of the latest are kept")] = 7,
) -> None:
    """Makes a backup of everything while Coldshed runs, and checks it."""
    with exit_on_refusal():
        from coldshed.backup import make_backup
        from coldshed.messages import translated
        from coldshed.progress import Progress
        from coldshed.settings_loader import load
        from store.clock import now_ms

        settings = load().settings
        made = make_backup(settings, folder, keep, now_ms(), lambda file: Progress(file))
        print(translated("备份好了，也查过了：%(dir)s", dir=made))


def restore(
    folder: Annotated[Path, typer.Argument(help="one backup: a folder that holds backup.json")],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Puts a backup in the place of the present data, which is kept aside. Stop Coldshed first."""
    with exit_on_refusal():
        from coldshed import restore as restoring
        from coldshed.messages import translated
        from coldshed.settings_loader import load, settings_file
        from store.clock import now_ms

        settings = load().settings
        checked = restoring.check_backup(settings, folder)
        print(restoring.loss(settings, checked))
        if not yes and not typer.confirm(translated("恢复吗？")):
            raise typer.Exit(FAILED)
        aside = restoring.restore(settings, checked, now_ms())
        print(translated("恢复好了。请启动：coldshed up"))
        if aside:
            print(translated("原来的数放在 %(dir)s，没问题以后可以删", dir="、".join(map(str, aside))))
        own = settings_file()
        if own is not None and own.name in checked.files:
            print(translated("备份里还有当时的设置：%(file)s，请自己比一比", file=folder / own.name))


def check() -> None:
    """Reads every database from end to end and says what is damaged. May run beside Coldshed."""
    with exit_on_refusal():
        from coldshed.check import damages
        from coldshed.messages import translated
        from coldshed.settings_loader import load

        lines = list(damages(load().settings))
        for line in lines:
            print(line)
        if not lines:
            print(translated("数据文件都完好"))
    raise typer.Exit(FAILED if lines else 0)
