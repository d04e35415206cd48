"""The follower of the logins never ends by an error, and the page shows that it fails."""

import pytest

from coldshed import credential_follower
from coldshed.credential_follower import FAILING, CredentialFollower
from coldshed.settings import Settings
from core.errors import StoreError
from store.database import Databases
from store.overview import system_issues
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
