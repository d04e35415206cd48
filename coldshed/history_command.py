"""`coldshed history ...`: prepares an external history store and copies readings to it."""

from collections.abc import Callable, Iterator

import typer

from coldshed.refusing import exit_on_refusal
from coldshed.settings import Settings
from core.errors import SettingsError
from core.readings.readings import Reading
from core.times import DAY_MS
from store.history import History
from store.history.sqlite import SqliteHistory

app = typer.Typer(help="Prepares an external history store and copies readings to it.", no_args_is_help=True)
PIECE = 7 * DAY_MS


@app.command()
def init() -> None:
    """Creates InfluxDB's buckets with their retention, or checks the options of VictoriaMetrics."""
    with exit_on_refusal():
        from coldshed.data import databases, history
        from coldshed.settings_loader import load

        settings = load().settings
        with databases(settings) as dbs:
            for line in history(settings, dbs).prepare():
                print(line)


@app.command()
def copy() -> None:
    """Copies the readings of history.db to the store in COLDSHED_HISTORY_URL."""
    with exit_on_refusal():
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
