"""`coldshed history ...`: prepares an external history store, copies readings to it, and derives roll-ups
again."""

from collections.abc import Callable, Iterator

import typer

from coldshed.refusing import exit_on_refusal
from coldshed.settings import Settings
from core.errors import SettingsError
from core.readings.readings import Reading
from core.times import DAY_MS
from store.history import History
from store.history.sqlite import SqliteHistory

app = typer.Typer(
    help="Prepares an external history store, copies readings to it, and derives roll-ups again.",
    no_args_is_help=True,
)
PIECE = 7 * DAY_MS


@app.command()
def init() -> None:
    """Creates InfluxDB's buckets with their retention, or checks the options of VictoriaMetrics."""
    with exit_on_refusal("the history"):
        from coldshed.data import databases, history
        from coldshed.settings_loader import load

        settings = load().settings
        with databases(settings) as dbs:
            for line in history(settings, dbs).prepare():
                print(line)


@app.command()
def copy() -> None:
    """Copies the readings of history.db to the store in COLDSHED_HISTORY_URL."""
    with exit_on_refusal("the history"):
        from coldshed.data import databases, history
        from coldshed.messages import translated
        from coldshed.progress import Progress
        from coldshed.settings_loader import load
        from store.journal.series import all_series

        settings = load().settings
        _must_be_outside(settings)
        with databases(settings) as dbs:
            with dbs.journal.read() as tx:
                numbers = sorted(all_series(tx))
            progress = Progress(translated("搬历史读数"))
            count = copy_points(SqliteHistory(dbs.history), history(settings, dbs), numbers, progress)
        print(translated("搬好了，一共%(n)s条读数", n=count))


@app.command()
def rebuild() -> None:
    """Computes the 5-minute and hourly roll-ups again from the stored readings. Services may run."""
    with exit_on_refusal("the history"):
        from coldshed.data import databases, history
        from coldshed.messages import translated
        from coldshed.progress import Progress
        from coldshed.settings_loader import load
        from store.journal.series import all_series

        settings = load().settings
        with databases(settings) as dbs:
            with dbs.journal.read() as tx:
                numbers = sorted(all_series(tx))
            store = history(settings, dbs)
            count = rebuild_rollups(store, numbers, Progress(translated("重新算汇总")))
        print(translated("汇总重新算好了，一共%(n)s段5分钟的", n=count))


def rebuild_rollups(store: History, numbers: list[int], progress: Callable[[int, int], None]) -> int:
    """Returns the number of 5-minute buckets. `progress` receives (series done, series in total)."""
    store.check()
    lost = store.lost_parts()
    count = 0
    for done, series_id in enumerate(numbers, start=1):
        count += sum(store.rebuild([series_id]))
        progress(done, len(numbers))
    store.on_rebuilt(lost)
    return count


def _must_be_outside(settings: Settings) -> None:
    from coldshed.messages import translated

    if settings.history_url == "sqlite":
        raise SettingsError(translated("COLDSHED_HISTORY_URL 是 sqlite，读数已经在那里了"))


def copy_points(
    source: SqliteHistory, target: History, numbers: list[int], progress: Callable[[int, int], None]
) -> int:
    """Returns the number of readings copied. `progress` receives (series done, series in total)."""
    spans = source.spans(numbers)

    def points(series_id: int) -> Iterator[Reading]:
        first, last = spans[series_id]
        for start in range(first, last + 1, PIECE):
            for point in source.points([series_id], start, min(start + PIECE, last + 1)):
                yield Reading(*point)

    copied = 0
    for done, series_id in enumerate(spans, start=1):
        copied += target.import_points(points(series_id))
        progress(done, len(spans))
    return copied
