"""When the box itself is in trouble, and when it is not."""

import pytest

from core.devices.login_shares import DEVICES_AT_MOST, LoginUse
from core.overview import box_health
from core.overview.box_health import BoxFigures, box_troubles, is_backup_due
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS, kind_of
from core.times import DAY_MS, HOUR_MS

NOW = 1_768_331_986_000
FINE = BoxFigures(
    disk_free=50,
    disk_total=100,
    is_read_only=False,
    inodes_free=50,
    inodes_total=100,
    memory_free=50,
    memory_total=100,
    logins={"gateway-1": LoginUse(40, 120)},
    backup_at=NOW - DAY_MS,
    since=NOW - 30 * DAY_MS,
)


def names(**changes: object) -> list[str]:
    return [trouble.name for trouble in box_troubles(FINE._replace(**changes), NOW)]  # type: ignore[arg-type]


def test_a_box_that_is_well_says_nothing() -> None:
    assert names() == []
    assert names(disk_total=0, inodes_total=0, memory_total=0) == [], "unknown is not full"


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({"disk_free": 10}, "box.disk_low"),
        ({"disk_free": 4}, "box.disk_low"),
        ({"disk_free": 3}, "box.disk_full"),
        ({"is_read_only": True}, "box.read_only"),
        ({"inodes_free": 3}, "box.inodes"),
        ({"memory_free": 5}, "box.memory"),
        ({"logins": {"": LoginUse(DEVICES_AT_MOST * 9 // 10)}}, "box.devices"),
        ({"logins": {"gateway-1": LoginUse(4500)}}, "box.login:gateway-1"),
        ({"logins": {"gateway-1": LoginUse(30, 22_500)}}, "box.login:gateway-1"),
        ({"logins": {"tele/#": LoginUse(9_000)}}, "box.login:tele/#"),
        ({"backup_at": None}, "box.no_backup"),
        ({"backup_at": NOW - 3 * DAY_MS - 1}, "box.backup_old"),
        ({"backup_gone": "/media/stick/coldshed-1"}, "box.backup_gone"),
    ],
)
def test_each_trouble_is_named(changes: dict[str, object], trouble: str) -> None:
    assert names(**changes) == [trouble]
    assert kind_of(trouble) in SYSTEM_ISSUE_TEXTS


def test_a_new_house_and_the_demo_need_no_backup_yet() -> None:
    assert names(backup_at=None, since=NOW - DAY_MS) == []
    assert names(backup_at=None, since=None) == []


def test_a_backup_a_day_is_due_also_after_a_wrong_clock() -> None:
    assert is_backup_due(None, NOW)
    assert not is_backup_due(NOW - 22 * HOUR_MS, NOW)
    assert is_backup_due(NOW - 23 * HOUR_MS, NOW)
    assert is_backup_due(NOW + DAY_MS, NOW), "made while the clock was ahead"


def test_every_name_begins_alike_so_that_the_watch_clears_no_other_issue() -> None:
    names_of_issues = [
        value for key, value in vars(box_health).items() if key.isupper() and isinstance(value, str)
    ]
    assert len(names_of_issues) > 8
    assert all(name.startswith(box_health.ISSUE) for name in names_of_issues)
