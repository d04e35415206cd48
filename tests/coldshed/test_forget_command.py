"""`coldshed devices forget`: lists first, forgets only with --yes."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from coldshed.commands import app
from store.database import Databases
from store.devices import devices, forgetting

Run = Callable[..., Result]


@pytest.fixture
def run(dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLDSHED_DATA_DIR", str(dbs.data_dir))
    monkeypatch.setenv("COLDSHED_LANG", "en")
    with dbs.journal.write() as tx:
        made_up = {f"x{number}": "own" for number in range(25)}
        devices.record_last_seen(tx, 1, made_up, dict.fromkeys(made_up, "gateway-1"))
        devices.record_last_seen(tx, 1, {"probe": "own"}, {"probe": "board"})
    return lambda *words: CliRunner().invoke(app, ["devices", "forget", *words])


def count(dbs: Databases) -> int:
    with dbs.journal.read() as tx:
        return devices.count(tx)


def test_without_yes_it_only_lists(dbs: Databases, run: Run) -> None:
    result = run("--login", "gateway-1")
    assert result.exit_code == 0
    assert "These 25 would be forgotten" in result.output
    assert "x0 " in result.output
    assert "and 5 more" in result.output
    assert "probe" not in result.output
    assert count(dbs) == 26


def test_with_yes_they_are_gone_and_the_others_stay(dbs: Databases, run: Run) -> None:
    result = run("--login", "gateway-1", "--like", "x*", "--yes")
    assert result.exit_code == 0
    assert "Forgot 25." in result.output
    assert count(dbs) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Say which devices to forget"),
        (("nobody",), "There is no such device: nobody"),
        (("--like", "y*"), "There is no device to forget"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    dbs: Databases, run: Run, words: tuple[str, ...], sentence: str
) -> None:
    result = run(*words, "--yes")
    assert result.exit_code == 2
    assert sentence in result.output
    assert count(dbs) == 26


def test_a_placed_one_is_refused_with_the_reason(
    dbs: Databases, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "_ties", lambda *_: {"probe": "placed"})
    result = run("probe", "--yes")
    assert result.exit_code == 2
    assert "it is or was placed in a room" in result.output
    assert count(dbs) == 26
