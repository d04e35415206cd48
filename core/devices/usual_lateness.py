"""How late a device's latest reading usually arrives. A slow clock and a slow upload look the same.

The age of a reading is our time of its arrival minus its own time. A device whose latest reading always has
the same age is steadily late: its readings are current, only older. The latest readings of a backlog get
younger from message to message, so a backlog is never steady. All times are ms.
"""

from typing import NamedTuple

from core.readings.readings import LATE_AFTER
from core.times import HOUR_MS, MINUTE_MS

UPLOAD_MS = MINUTE_MS
"""Messages within this time are one upload: only the youngest reading among them counts."""
UPLOADS = 3
"""Uploads with the same age that make a device steadily late."""
PACE = 20
"""The age may change by one part in PACE of the time that the uploads took: a backlog changes faster."""
USUAL_AT_MOST = 2 * HOUR_MS
"""An older reading says too little about now. The device's room then counts as not watched."""
VARIES_AT_LEAST, VARIES_SHARE = 2 * MINUTE_MS, 8
PAUSE_AT_MOST = 3 * HOUR_MS
"""After a longer pause the uploads before it no longer count."""
ON_TIME_UPLOADS = 10
"""Uploads without a late reading after which a device counts as on time."""


class Uploads(NamedTuple):
    """The last uploads of one device. `began`: start of the present upload, `youngest`: age of its youngest
    reading. `run` uploads before it, from `since` on, had ages from `least` to `most`. `on_time`: how many
    uploads in a row had no late reading."""

    began: int
    youngest: int
    run: int = 0
    since: int = 0
    least: int = 0
    most: int = 0
    on_time: int = 0


def after_message(uploads: Uploads | None, age: int, received_at: int) -> Uploads:
    """The uploads after a live message; `age` is that of its latest reading."""
    if uploads is None or not 0 <= received_at - uploads.began <= PAUSE_AT_MOST:
        return Uploads(received_at, age)
    if received_at - uploads.began < UPLOAD_MS:
        return uploads._replace(youngest=min(uploads.youngest, age))
    began, youngest, run, since, least, most, on_time = uploads
    if youngest <= LATE_AFTER:
        return Uploads(received_at, age, on_time=on_time + 1)
    least, most = (min(least, youngest), max(most, youngest)) if run else (youngest, youngest)
    if most - least > variation(least):
        run, since, least, most = 0, 0, youngest, youngest
    return Uploads(received_at, age, run + 1, since if run else began, least, most)


def usual_age(uploads: Uploads) -> int | None:
    """The age (ms) at which the device's latest reading arrives, if it is steadily late."""
    if uploads.run + 1 < UPLOADS or not LATE_AFTER < uploads.youngest <= USUAL_AT_MOST:
        return None
    least, most = min(uploads.least, uploads.youngest), max(uploads.most, uploads.youngest)
    steady = min(variation(least), (uploads.began - uploads.since) // PACE)
    return most if most - least <= steady else None


def is_on_time(uploads: Uploads, *, uploads_at_least: int = ON_TIME_UPLOADS) -> bool:
    return uploads.on_time >= uploads_at_least


def variation(age: int) -> int:
    """By how much (ms) a usual age varies."""
    return max(VARIES_AT_LEAST, age // VARIES_SHARE)


def live_within(usual: int | None) -> int:
    """The age (ms) up to which a reading is current, for a device with this usual age."""
    return LATE_AFTER if usual is None else max(LATE_AFTER, usual + variation(usual))
