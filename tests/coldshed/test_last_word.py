import pytest

from alerts import last_word as last_word_of_alerts
from coldshed import last_word
from coldshed.settings import Settings
from core.notifications.escalation import NotificationKind
from store.database import Databases
from store.notifications import notifications


class Person:
    name = "老王"


class Queued:
    def __init__(self, kind: NotificationKind) -> None:
        self.kind = kind


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, dbs: Databases) -> Settings:
    monkeypatch.setattr(last_word, "WAIT_S", 0.0)
    monkeypatch.setattr(last_word, "POLL_S", 0.0)
    return Settings(data_dir=dbs.data_dir)


def recipients(monkeypatch: pytest.MonkeyPatch, *people: Person) -> None:
    monkeypatch.setattr(last_word_of_alerts, "queue_last_word", lambda *_: list(people))


def queue(monkeypatch: pytest.MonkeyPatch, *kinds: NotificationKind) -> None:
    monkeypatch.setattr(notifications, "notifications", lambda *_, **__: [Queued(kind) for kind in kinds])


def test_it_waits_only_for_its_own_text(quick: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    recipients(monkeypatch, Person())
    others = [kind for kind in NotificationKind if kind != NotificationKind.LAST_WORD]
    queue(monkeypatch, *others)
    assert last_word.run(quick, 5) == 0


def test_a_text_that_nobody_sends_is_a_failure_with_the_names(
    quick: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipients(monkeypatch, Person())
    queue(monkeypatch, NotificationKind.LAST_WORD)
    assert last_word.run(quick, None) == 1
    assert "老王" in capsys.readouterr().out


def test_a_federation_without_anybody_to_tell_is_a_failure(
    quick: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipients(monkeypatch)
    assert last_word.run(quick, None) == 1
