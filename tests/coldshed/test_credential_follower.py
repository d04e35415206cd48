"""The follower of the logins never ends by an error, and the page shows that it fails."""

import threading
import time

import pytest

from coldshed import credential_follower
from coldshed.credential_follower import FAILING, CredentialFollower
from coldshed.settings import Settings
from core.errors import StoreError
from store.database import Databases
from store.overview import system_issues
from store.overview.progress_files import PartReporter
from tests.coldshed.conftest import until


class Failing(CredentialFollower):
    error: Exception | None = None

    def step(self, anyway: bool = False) -> None:
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize(
    "error",
    [OSError("no space left"), StoreError("locked"), KeyError("name")],
    ids=["disk", "database", "bug"],
)
def test_an_error_is_shown_until_the_logins_can_be_written_again(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def is_shown() -> bool:
        with dbs.records.read() as tx:
            return any(issue.name == FAILING for issue in system_issues.open_issues(tx))

    monkeypatch.setattr(credential_follower, "LOOK_S", 0.02)
    follower = Failing(Settings(data_dir=dbs.data_dir), dbs, lambda: True)
    follower.error = error
    follower.start()
    try:
        until(is_shown, 20)
        follower.error = None
        until(lambda: not is_shown(), 20)
    finally:
        follower.stop()


def test_a_follower_that_hangs_is_seen_and_one_that_fails_is_not_restarted(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_follower, "LOOK_S", 0.02)
    hangs, released, progress = threading.Event(), threading.Event(), PartReporter()
    follower = Failing(Settings(data_dir=dbs.data_dir), dbs, lambda: True)
    follower.error = OSError("no space left")
    began_at = progress.progress.worked_at
    follower.start(lambda: progress)
    try:
        until(lambda: progress.progress.worked_at > began_at, 20)

        def hang(anyway: bool = False) -> None:
            hangs.set()
            released.wait(20)

        monkeypatch.setattr(follower, "step", hang)
        assert hangs.wait(20)
        hung_at = progress.progress.alive_at
        time.sleep(0.1)
        assert progress.progress.alive_at == hung_at
    finally:
        released.set()
        follower.stop()
