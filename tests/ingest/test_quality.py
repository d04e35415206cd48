"""What is known against a reading by the others of its series, whatever the order they come in."""

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.readings.calibrations import OffsetTable
from core.readings.journal_codec import decode_batch
from core.readings.readings import Flag, Reading
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from ingest.client import Frame
from store.database import Databases
from store.devices.clock_offsets import clock_offsets
from store.journal import journal
from store.journal.latest import latest_values
from store.journal.series import all_series
from store.readings import jump_windows, suspect_periods
from store.readings.suspect_periods import SuspectPeriod
from tests.ingest.test_batch_pipeline import NOW, House, say

STEP, STUCK, LATE = int(Flag.STEP), int(Flag.STUCK), int(Flag.LATE)
CLOCK_WRONG, IMPLAUSIBLE = int(Flag.CLOCK_WRONG), int(Flag.IMPLAUSIBLE)


def degrees(value: float, seconds_ago: float, packet_id: int = 1, *, dup: bool = False) -> Frame:
    return say({"at": NOW - round(seconds_ago * 1000), "temperature": value}, packet_id, dup=dup)


def kept(house: House) -> dict[tuple[int, int], Reading]:
    """What the history comes to hold: the last word on each series and time."""
    return {(reading.series, reading.at): reading for reading in house.readings()}


def flags(house: House) -> list[tuple[float, int]]:
    by_time = kept(house)
    return [(by_time[key].value, by_time[key].flags) for key in sorted(by_time)]


def test_a_jump_is_marked_and_what_comes_after_it_is_not(dbs: Databases) -> None:
    house = House(dbs).live()
    for number, value in enumerate((4.0, 4.1, 45.0, 4.0)):
        house.take([degrees(value, 100 - 20 * number)])
    assert flags(house) == [(4.0, 0), (4.1, 0), (45.0, STEP), (4.0, 0)]
    with dbs.journal.read() as tx:
        assert [(value.value, value.flags) for value in latest_values(tx, OffsetTable())] == [(4.0, 0)]
        assert jump_windows.windows(tx) == {}


def test_a_jump_that_lasts_is_believed_and_its_first_readings_with_it(dbs: Databases) -> None:
    house = House(dbs).live()
    for number, value in enumerate((-20.0, 15.0, 15.1)):
        house.take([degrees(value, 100 - 20 * number)])
    assert flags(house) == [(-20.0, 0), (15.0, STEP), (15.1, STEP)]
    house.take([degrees(15.2, 40)])
    assert flags(house) == [(-20.0, 0), (15.0, 0), (15.1, 0), (15.2, 0)]


def test_a_restart_in_the_middle_of_a_jump_forgets_nothing(dbs: Databases) -> None:
    house = House(dbs).live()
    for number, value in enumerate((4.0, 40.0, 4.1, 40.0, 40.1)):
        house.take([degrees(value, 100 - 10 * number)])
        house.restart()
        house.live()
    assert [flag for _, flag in flags(house)] == [0, STEP, 0, STEP, STEP]
    house.take([degrees(40.2, 10)])
    assert [flag for _, flag in flags(house)] == [0, STEP, 0, 0, 0, 0]


def test_a_batch_that_was_not_kept_leaves_no_trace(dbs: Databases) -> None:
    house = House(dbs).live()
    house.take([degrees(4.0, 100), degrees(40.0, 80), degrees(40.1, 60)])
    with dbs.journal.write() as tx:
        house.pipeline.process(tx, [degrees(40.2, 40), say({"at": NOW, "temperature": 1}, 2, "own/new")], NOW)
        tx.rollback()
    assert [flag for _, flag in flags(house)] == [0, STEP, STEP]
    house.take([degrees(40.2, 40), say({"at": NOW, "temperature": 1}, 2, "own/new")])
    assert [flag for _, flag in flags(house)] == [0, 0, 0, 0, 0]


def test_an_error_value_of_a_probe_says_nothing_about_its_neighbours(dbs: Databases) -> None:
    house = House(dbs).live()
    house.take([degrees(value, 100 - 10 * number) for number, value in enumerate((4.0, -127.0, 85.0, 4.1))])
    assert [flag for _, flag in flags(house)] == [0, IMPLAUSIBLE, IMPLAUSIBLE, 0]


def test_a_backlog_is_judged_in_the_order_of_its_times(dbs: Databases) -> None:
    house = House(dbs).live()
    house.take([degrees(4.2, 0)])
    house.take([degrees(value, 7200 - 60 * number) for number, value in enumerate((4.0, 4.1, 50.0, 4.0))])
    assert flags(house) == [(4.0, LATE), (4.1, LATE), (50.0, LATE | STEP), (4.0, LATE), (4.2, 0)]


def test_a_backlog_older_than_all_that_is_remembered_is_judged_by_itself(dbs: Databases) -> None:
    house = House(dbs).live()
    house.take([degrees(4.2, 100 - number) for number in range(20)])
    backlog = [degrees(value, 7200 - 60 * number) for number, value in enumerate((4.0, 4.1, 50.0, 4.0))]
    for message in backlog:
        house.take([message])
    house.take(backlog)
    assert flags(house)[:4] == [(4.0, LATE), (4.1, LATE), (50.0, LATE | STEP), (4.0, LATE)]


Said = tuple[str, int, float]
Outcome = tuple[str, str, int, float, int]
"""Device, seconds ago, degrees."""

SAID = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.integers(0, 11),
        st.sampled_from((4.0, 4.25, 4.5, 36.0, 36.5, -30.0, -127.0, 85.0)),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda message: message[:2],
)
SLOWLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Once:
    """Devices of their own in a house that was lived in before, and what came of them."""

    numbers = count()

    def __init__(self, house: House) -> None:
        self.house, self.name = house, f"{next(self.numbers)}-"
        with house.dbs.journal.read() as tx:
            self.began = journal.last_seq(tx)

    def take(self, messages: list[Said]) -> None:
        self.house.take(
            [
                say(
                    {"at": NOW - 1000 * ago, "temperature": value, "humidity": 90},
                    1,
                    f"own/{self.name}{device}",
                )
                for device, ago, value in messages
            ]
        )

    def restart(self) -> None:
        """As the listener does it: with all that the broker may deliver again."""
        self.house.restart()
        self.house.live()
        for row in self._rows():
            self.house.pipeline.recall(row.seq, decode_batch(row.body))

    def _rows(self) -> list[journal.JournalRow]:
        with self.house.dbs.journal.read() as tx:
            return [row for row in journal.read_after(tx, self.began) if row.kind == journal.READINGS]

    def outcome(self) -> tuple[set[Outcome], set[Outcome]]:
        """What the history holds in the end, and the newest values."""
        with self.house.dbs.journal.read() as tx:
            series = {
                row.id: (row.device.removeprefix(self.name), row.metric)
                for row in all_series(tx).values()
                if row.device.startswith(self.name)
            }
            now = {
                (*series[value.series], value.at, value.value, value.flags)
                for value in latest_values(tx, OffsetTable())
                if value.series in series
            }
        readings = [reading for row in self._rows() for reading in decode_batch(row.body).readings]
        last = {(reading.series, reading.at): reading for reading in readings if reading.series in series}
        return {
            (*series[reading.series], reading.at, reading.value, reading.flags) for reading in last.values()
        }, now


def parted(order: list[Said], cuts: list[bool]) -> list[list[Said]]:
    batches: list[list[Said]] = [[]]
    for message, cut in zip(order, cuts, strict=True):
        batches[-1].append(message)
        if cut:
            batches.append([])
    return batches


@SLOWLY
@given(messages=SAID, data=st.data())
def test_any_order_and_repetition_gives_the_same_history_flags_and_newest(
    dbs: Databases, messages: list[Said], data: st.DataObject
) -> None:
    house = House(dbs).live()
    again = data.draw(st.lists(st.sampled_from(messages), max_size=6))
    order = data.draw(st.permutations([*messages, *again]))
    cuts = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    straight, shuffled = Once(house), Once(house)
    for message in sorted(messages, key=lambda message: -message[1]):
        straight.take([message])
    for batch in parted(order, cuts):
        shuffled.take(batch)
    assert shuffled.outcome() == straight.outcome()


@SLOWLY
@given(messages=SAID, data=st.data())
def test_a_restart_and_the_delivery_of_all_that_was_kept_once_more_change_nothing(
    dbs: Databases, messages: list[Said], data: st.DataObject
) -> None:
    house = House(dbs).live()
    messages.sort(key=lambda message: -message[1])
    stop = data.draw(st.integers(0, len(messages)))
    straight, stopped = Once(house), Once(house)
    for message in messages:
        straight.take([message])
    for message in messages[:stop]:
        stopped.take([message])
    stopped.restart()
    stopped.take(data.draw(st.permutations(messages[:stop])))
    for message in messages[stop:]:
        stopped.take([message])
    assert stopped.outcome() == straight.outcome()


# --- stuck and pinned: what the recorder found ---------------------------------------------------


def test_a_series_that_is_stuck_is_marked_until_it_moves_and_the_same_when_delivered_again(
    dbs: Databases,
) -> None:
    house = House(dbs).live()
    house.take([degrees(4.0, 100)])
    with dbs.journal.write() as tx:
        suspect_periods.begin(tx, SuspectPeriod(1, STUCK, NOW - 60_000, 4.0, 4.0, 3 * HOUR_MS))
    house.restart()
    house.live()
    frames = [degrees(4.0, 80), degrees(4.0, 50), degrees(4.0, 40), degrees(4.3, 30)]
    for again in range(2):
        for number, frame in enumerate(frames):
            house.take([frame], NOW + 20_000 * (4 * again + number))
    house.take([degrees(4.0, 20)], NOW + DAY_MS // 2)
    assert [flag & STUCK for _, flag in flags(house)] == [0, 0, STUCK, STUCK, 0, 0]
    with dbs.journal.read() as tx:
        ended = suspect_periods.periods(tx, ended_after=0)
    assert [(period.until, period.after) for period in ended] == [(NOW - 30_000, 4.3)]


# --- clocks --------------------------------------------------------------------------------------


def hours_off(
    house: House, hours: float, messages: int, *, every: int = 5 * MINUTE_MS, start: int = NOW
) -> int:
    """Live messages of a device whose clock is that far behind; answers when the next would come."""
    for number in range(messages):
        now = start + number * every
        claimed = now - round(hours * HOUR_MS) - 700
        house.take([say({"at": claimed, "temperature": 4 + number / 10}, 1)], now)
    return start + messages * every


def test_a_device_that_sends_local_time_as_utc_is_learned_and_its_times_are_corrected(
    dbs: Databases,
) -> None:
    house = House(dbs).live()
    later = hours_off(house, -8, 7)
    last = house.readings()[-1]
    assert (last.flags, last.at, last.claimed) == (
        CLOCK_WRONG, later - 5 * MINUTE_MS - 700, later - 5 * MINUTE_MS + 8 * HOUR_MS - 700
    )  # fmt: skip
    with dbs.journal.read() as tx:
        assert [(clock.device, clock.off) for clock in clock_offsets(tx)] == [("a", -8 * HOUR_MS)]
    backlog = [say({"at": later + 8 * HOUR_MS - ago, "temperature": 5}, 1) for ago in (50 * MINUTE_MS, 0)]
    house.take(backlog, later)
    house.take(backlog, later + MINUTE_MS)  # delivered again
    assert [(reading.at, reading.flags) for reading in house.readings()[-2:]] == [
        (later - 50 * MINUTE_MS, CLOCK_WRONG | LATE), (later, CLOCK_WRONG)
    ]  # fmt: skip
    assert len(kept(house)) == 9


def test_a_device_eight_hours_behind_is_not_late_for_ever(dbs: Databases) -> None:
    house = House(dbs).live()
    later = hours_off(house, 8, 9)
    stored = house.readings()
    assert [reading.flags for reading in stored] == [LATE] * 6 + [CLOCK_WRONG] * 3
    with dbs.journal.read() as tx:
        assert latest_values(tx, OffsetTable())[0].at == later - 5 * MINUTE_MS - 700


def test_what_was_learned_of_a_clock_outlives_a_restart_and_ends_when_the_clock_is_set(
    dbs: Databases,
) -> None:
    house = House(dbs).live()
    later = hours_off(house, 8, 7)
    house.restart()
    house.live()
    later = hours_off(house, 8, 1, start=later)
    assert house.readings()[-1].flags == CLOCK_WRONG
    later = hours_off(house, 0, 3, start=later)
    assert [reading.flags for reading in house.readings()[-3:]] == [0, 0, 0]
    with dbs.journal.read() as tx:
        assert clock_offsets(tx) == []
    hours_off(house, 8, 1, start=later)
    assert house.readings()[-1].flags == LATE


def test_a_device_that_speaks_in_time_too_has_a_right_clock_and_a_backlog(dbs: Databases) -> None:
    house = House(dbs).live()
    for number in range(12):
        now = NOW + number * 5 * MINUTE_MS
        house.take(
            [say({"at": now, "temperature": 4}), say({"at": now - 8 * HOUR_MS, "temperature": 4})], now
        )
    with dbs.journal.read() as tx:
        assert clock_offsets(tx) == []


def test_a_queue_that_waited_teaches_nothing_about_a_clock(dbs: Databases) -> None:
    house = House(dbs)
    hours_off(house, 8, 9)
    with dbs.journal.read() as tx:
        assert clock_offsets(tx) == []


def test_a_message_that_came_in_time_is_not_late_when_it_is_delivered_again_hours_later(
    dbs: Databases,
) -> None:
    house = House(dbs).live()
    body = {"at": NOW - 1000, "temperature": 4.0, "humidity": 91}
    house.take([say(body, 7)])
    house.restart()
    house.take([say(body, 7, dup=True), say({"at": NOW - 500, "humidity": 92}, 8, dup=True)], NOW + HOUR_MS)
    assert flags(house) == [(4.0, 0), (91, 0), (92, LATE)]
