"""Every place that names the version names the same one, so that nobody starts another than he thinks."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from coldshed.commands import app

ROOT = Path(__file__).parents[2]
VERSION = str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def test_the_command_prints_it() -> None:
    assert version("coldshed") == VERSION
    assert CliRunner().invoke(app, ["--version"]).output == f"coldshed {VERSION}\n"


def test_the_newest_entry_of_the_changelog_is_this_version_with_its_date() -> None:
    newest = re.search(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert newest
    assert re.fullmatch(rf"{re.escape(VERSION)}, \d{{1,2}} [A-Z][a-z]+ \d{{4}}", newest[1])


@pytest.mark.parametrize("name", ["docker-compose.yml", "docker-compose.postgres.yml"])
def test_containers_run_this_version(name: str) -> None:
    services = yaml.safe_load((ROOT / name).read_text("utf-8"))["services"].values()
    ours = {image for service in services if (image := service.get("image", "")).startswith("coldshed")}
    assert ours == {f"coldshed:{VERSION}"}


@pytest.mark.parametrize("name", ["deploy/coldshed.service", "docs/operators/power.md"])
def test_the_machine_runs_this_version(name: str) -> None:
    folders = set(re.findall(r"/opt/coldshed[^/ ]*/", (ROOT / name).read_text("utf-8")))
    assert folders == {f"/opt/coldshed-{VERSION}/"}
