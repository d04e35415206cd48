"""States of the data folder that stand when the house is started, or when somebody asks the doctor."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import rmtree

from core.overview import doctor_texts as texts
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS
from core.times import DAY_MS
from store import schema
from store.backup.last_backup import LastBackup, note_backup
from store.clock import now_ms
from tests.broken_states.state import BOX_S, BrokenState, Notice, text_s
from tests.e2e.test_supervisor_killed import END_S

DAMAGED = "%(file)s 坏了（%(why)s）。请停下库棚通，用最近的备份恢复：coldshed restore <备份文件夹>"
LOST_RECORDS = (
    "%(file)s 没有了：人、库房、存货都在里面，收数的文件里却有%(n)s个设备。"
    "请用最近的备份恢复：coldshed restore <备份文件夹>。"
    "真要从头开始：coldshed migrate --new-federation"
)
LOST_VERSION = "%(file)s 里写着版本的那一行没有了。请用最近的备份恢复：coldshed restore <备份文件夹>"
NEWER = "%(dir)s 里的数据是更新的库棚通写的。请更新这个程序，或者用回以前的备份。"
UNFINISHED = "上次恢复备份没做完。请再做一遍：coldshed restore <备份文件夹>"

Damage = Callable[[Path], None]


def garble(name: str) -> Damage:
    return lambda folder: _write_over(folder / name)


def _write_over(file: Path) -> None:
    with file.open("r+b") as content:
        content.write(b"x" * 100)


def cut(name: str) -> Damage:
    return lambda folder: _cut(folder / name)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def remove(*names: str) -> Damage:
    def damage(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return damage


def sql(name: str, *statements: str) -> Damage:
    def damage(folder: Path) -> None:
        with closing(sqlite3.connect(folder / name)) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()

    return damage


def unfinished_restore(folder: Path) -> None:
    (folder / "restoring").mkdir()


def old_backup(folder: Path) -> None:
    note_backup(folder, LastBackup(now_ms() - 5 * DAY_MS, str(folder)))


def lost_backup(folder: Path) -> None:
    note_backup(folder, LastBackup(now_ms() - DAY_MS, str(folder / "stick")))


def older_journal(folder: Path) -> None:
    """The journal of before the engine read its rows."""
    sql("journal.db", "DELETE FROM journal WHERE seq > 1")(folder)


def lost_history(folder: Path) -> None:
    """The journal keeps only the latest rows, so it cannot fill a new one."""
    remove("history.db")(folder)
    sql("journal.db", "DELETE FROM journal WHERE seq <= 2")(folder)


def other_house(folder: Path) -> None:
    sql("history.db", "UPDATE series_copy SET device = 'of-another-house'")(folder)


DEVICES = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 18000) "
    "INSERT INTO devices (id, family, first_seen, last_seen) SELECT 'made-up-' || x, 'coldshed', 1, 1 FROM n"
)


def box(issue: str) -> tuple[Notice, ...]:
    """Noted by the alerts once a minute."""
    return (
        Notice("page", SYSTEM_ISSUE_TEXTS[issue], BOX_S),
        Notice("text", issue, text_s(issue, BOX_S), by_day=True),
    )


def at_start(issue: str) -> tuple[Notice, ...]:
    """Noted by the service that starts."""
    return (
        Notice("page", SYSTEM_ISSUE_TEXTS[issue]),
        Notice("text", issue, text_s(issue, 0.0), by_day=True),
    )


NOTHING_RUNS = (Notice("doctor", texts.BROKER_OFF), Notice("doctor", "收数的程序没动静"))
BEGIN = "填联合社、村、库，大约10分钟"
"""The page asks who this is."""
ASKED_AGAIN = Notice("page", BEGIN)
BROKEN_FILE = (Notice("start", DAMAGED), Notice("doctor", texts.FILE_DAMAGED))
BROKEN_HISTORY = (Notice("doctor", texts.HISTORY_DAMAGED), *at_start("history.set_aside"))
UNIT = (Path(__file__).parents[2] / "deploy/coldshed.service").read_text("utf-8")
RESTART_S = float(UNIT.split("RestartSec=")[1].split()[0])
STOPPED: tuple[BrokenState, ...] = (
    BrokenState("journal.db cut in half", BROKEN_FILE, cut("journal.db")),
    BrokenState("journal.db overwritten", BROKEN_FILE, garble("journal.db")),
    BrokenState("records.db cut in half", BROKEN_FILE, cut("records.db")),
    BrokenState("records.db overwritten", BROKEN_FILE, garble("records.db")),
    BrokenState(
        "records.db lost",
        (Notice("start", LOST_RECORDS), Notice("doctor", texts.FILE_MISSING["records"])),
        remove("records.db"),
    ),
    BrokenState(
        "journal.db lost",
        (Notice("doctor", texts.FILE_MISSING["journal"]), *at_start("journal.restarted")),
        remove("journal.db"),
    ),
    BrokenState(
        "journal.db from an older copy",
        (Notice("doctor", texts.READ_ON), *at_start("journal.restarted")),
        older_journal,
    ),
    BrokenState(
        "history.db lost",
        (
            Notice("doctor", texts.FILE_MISSING["history"]),
            Notice("page", SYSTEM_ISSUE_TEXTS["history_missed"]),
        ),
        lost_history,
    ),
    BrokenState("history.db cut in half", BROKEN_HISTORY, cut("history.db")),
    BrokenState("history.db overwritten", BROKEN_HISTORY, garble("history.db")),
    BrokenState(
        "history.db of another house",
        (Notice("doctor", texts.FOREIGN), *at_start("history.set_aside")),
        other_house,
    ),
    BrokenState(
        "version row lost",
        (Notice("start", LOST_VERSION), Notice("doctor", texts.FILE_WITHOUT_VERSION)),
        sql("records.db", "DELETE FROM alembic_version"),
    ),
    BrokenState(
        "data of a newer version",
        (Notice("start", NEWER), Notice("doctor", texts.FILE_NEWER)),
        sql("journal.db", "UPDATE alembic_version SET version_num = '9999'"),
    ),
    BrokenState(
        "data of an older version",
        (Notice("doctor", texts.FILE_OLDER),),
        sql("records.db", f"UPDATE alembic_version SET version_num = '{schema.versions('records')[-2]}'"),
    ),
    BrokenState(
        "restore interrupted",
        (Notice("start", UNFINISHED), Notice("doctor", texts.RESTORE_UNFINISHED)),
        unfinished_restore,
    ),
    BrokenState(
        "wrong folder",
        (Notice("doctor", texts.NO_DATA), ASKED_AGAIN),
        remove("journal.db", "records.db", "history.db"),
    ),
    BrokenState("data folder missing", (Notice("doctor", texts.NO_FOLDER), ASKED_AGAIN), rmtree),
    BrokenState(
        "device cap near",
        (Notice("doctor", SYSTEM_ISSUE_TEXTS["box.devices"]), *box("box.devices")),
        sql("journal.db", DEVICES),
    ),
    BrokenState("backup old", (Notice("doctor", texts.DATA_BACKUP_OLD), *box("box.backup_old")), old_backup),
    BrokenState(
        "backup disk away",
        (
            Notice("doctor", texts.DATA_BACKUP_GONE),
            Notice("page", SYSTEM_ISSUE_TEXTS["box.backup_gone"], BOX_S),
        ),
        lost_backup,
    ),
    BrokenState("nothing runs", NOTHING_RUNS),
    BrokenState(
        "supervisor killed alone", (*NOTHING_RUNS, Notice("systemd", "Restart=on-failure", END_S + RESTART_S))
    ),
)
