"""The box's troubles as system issues: noted, kept current, cleared when they are over."""

from collections.abc import Callable

import pytest

from alerts import box_watch
from alerts.box_watch import BoxWatch
from alerts.direct_notice import DirectNotice
from core.overview.box_health import BoxFigures
from core.times import MINUTE_MS
from store.database import Databases
from store.overview import system_issues
from store.overview.box_figures import box_figures
from tests.alerts.village import Phones
from tests.core.overview.test_box_health import FINE, NOW

Figures = Callable[[Databases], BoxFigures]


@pytest.fixture(autouse=True)
def at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_watch, "EVERY_S", 0.0)


def watch_of(dbs: Databases, figures: Figures) -> BoxWatch:
    return BoxWatch(dbs, DirectNotice(dbs, Phones()), figures)


def issues(dbs: Databases) -> dict[str, str]:
    with dbs.records.read() as tx:
        return {issue.name: issue.text for issue in system_issues.open_issues(tx)}


def test_a_trouble_is_noted_kept_current_and_cleared(dbs: Databases) -> None:
    box = FINE._replace(disk_free=9)
    watch = watch_of(dbs, lambda _: box)
    with dbs.records.write() as tx:
        system_issues.note(tx, "history_away", "not ours", NOW)
    watch.step(NOW)
    assert issues(dbs) == {"history_away": "not ours", "box.disk_low": "9%, 0.0 GB"}
    box = FINE._replace(disk_free=2)
    watch.step(NOW + MINUTE_MS)
    assert set(issues(dbs)) == {"history_away", "box.disk_full"}
    box = FINE
    watch.step(NOW + 2 * MINUTE_MS)
    assert set(issues(dbs)) == {"history_away"}


def test_what_an_earlier_process_noted_is_cleared_too(dbs: Databases) -> None:
    watch_of(dbs, lambda _: FINE._replace(is_read_only=True)).step(NOW)
    watch_of(dbs, lambda _: FINE).step(NOW)
    assert issues(dbs) == {}


def test_a_lasting_trouble_is_not_written_again(dbs: Databases) -> None:
    watch = watch_of(dbs, lambda _: FINE._replace(memory_free=1))
    for minute in range(3):
        watch.step(NOW + minute * MINUTE_MS)
    with dbs.records.read() as tx:
        (issue,) = system_issues.open_issues(tx)
    assert issue.times == 1


def test_the_figures_of_this_machine_can_be_read(dbs: Databases) -> None:
    box = box_figures(dbs)
    assert 0 < box.disk_free < box.disk_total
    assert 0 < box.memory_free < box.memory_total
    assert (box.backup_at, box.since, box.logins) == (None, None, {})
