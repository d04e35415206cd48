"""The check before opening, from real databases."""

import pytest

from core.errors import SendError
from core.overview.check_results import CheckResult, CheckVerdict
from core.patrols.pre_opening_check import SmsCredit
from core.people.people import NewPerson
from core.readings.calibrations import NewCalibration
from core.readings.journal_codec import Heartbeat, batch_body, encode
from core.readings.readings import Flag, Reading
from core.rooms.places import NewPlacement, NewRoom
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.catalogue.produce import seed
from store.database import Databases
from store.journal import journal, latest, series
from store.notifications import notifications, roster
from store.patrols import pre_opening_checks
from store.people.federation import add_federation, add_site
from store.people.people import add_person
from store.readings.calibrations import calibrate
from store.rooms import places

NOW = 1_768_360_786_000


@pytest.fixture
def house(dbs: Databases) -> Databases:
    """A resting room with a probe at the door and one at the back, one keeper on duty for four weeks."""
    began = NOW - 30 * DAY_MS
    with dbs.records.write() as tx:
        add_federation(tx, began, "万宝山联合社", "万宝山联合社", demo=True)
        seed(tx, began)
        add_person(tx, began, NewPerson(name="任师傅", role="keeper", phone="13800005678"))
        site = add_site(tx, began, "古池库区")
        places.add_room(tx, began, NewRoom(site=site, name="3号库", kind="cold_room"))
        places.add_room(tx, began, NewRoom(site=site, name="4号库", kind="cold_room"))
        for device, spot in (("men", "door"), ("li", "back")):
            places.place(tx, began, NewPlacement(device=device, position="", room=1, spot=spot))
        places.close_for_season(tx, began, 1, 1)
        roster.add_duty(tx, began, site, 1, NOW - DAY_MS, NOW + 27 * DAY_MS)
    return dbs


def say(dbs: Databases, device: str, at: int, flags: int = 0, **values: float) -> None:
    with dbs.journal.write() as tx:
        readings = [
            Reading(series.get_or_make(tx, device, metric, "", at), at, value, flags)
            for metric, value in values.items()
        ]
        journal.append(tx, max(at, journal.last_received_at(tx)), journal.READINGS, batch_body(readings, []))
        latest.put(tx, at, readings)


def beat(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        journal.append(tx, NOW, journal.HEARTBEAT, encode(Heartbeat(True)))


def codes(results: list[CheckResult], *wanted: str) -> dict[str, CheckVerdict]:
    return {line.code: line.verdict for line in results if not wanted or line.code in wanted}


def test_a_room_that_is_ready_is_all_well(house: Databases) -> None:
    say(house, "men", NOW - MINUTE_MS, temperature=18.0, battery=90)
    say(house, "li", NOW - MINUTE_MS, temperature=18.4)
    beat(house)
    with house.records.write() as tx:
        for device in ("men", "li"):
            calibrate(
                tx,
                NOW,
                NewCalibration(
                    device=device,
                    position="",
                    metric="temperature",
                    offset=0.1,
                    method="ice",
                    by=1,
                    due_at=NOW + 300 * DAY_MS,
                ),
            )
        notifications.keep_inbound(
            tx, channel="p", external_id="1", phone="13800005678", text="1", at=NOW - DAY_MS, effect="none"
        )
    results = pre_opening_checks.run_check(house, NOW, room=1, ask=lambda: SmsCredit(texts=900))
    assert codes(results) == {
        "probes_heard": CheckVerdict.OK,
        "probes_agree": CheckVerdict.OK,
        "clocks_right": CheckVerdict.OK,
        "batteries_full": CheckVerdict.OK,
        "calibrated": CheckVerdict.OK,
        "credit_fine": CheckVerdict.OK,
        "phones_answer": CheckVerdict.OK,
        "roster_full": CheckVerdict.OK,
        "broker_fine": CheckVerdict.OK,
        **codes(results, "disk_fine", "disk_low"),
    }


def test_everything_that_is_not_ready_is_named(house: Databases) -> None:
    say(house, "men", NOW - 3 * HOUR_MS, temperature=18.0, battery=12)
    say(house, "li", NOW - MINUTE_MS, int(Flag.CLOCK_WRONG), temperature=85.0)

    def away() -> SmsCredit | None:
        raise SendError("no network", retry=True)

    with house.records.write() as tx:
        calibrate(
            tx,
            NOW,
            NewCalibration(
                device="men",
                position="",
                metric="temperature",
                offset=0.1,
                method="ice",
                by=1,
                done_at=NOW - DAY_MS,
                due_at=NOW - HOUR_MS,
            ),
        )
        roster.add_duty(
            tx, NOW, 1, add_person(tx, NOW, NewPerson(name="李师傅", role="keeper")), NOW, NOW + DAY_MS
        )
    results = pre_opening_checks.run_check(house, NOW, ask=away)
    assert (
        codes(results).items()
        >= {
            "room_bare": CheckVerdict.BAD,
            "probe_silent": CheckVerdict.BAD,
            "clock_wrong": CheckVerdict.LOOK,
            "battery_low": CheckVerdict.BAD,
            "calibration_over": CheckVerdict.BAD,
            "never_calibrated": CheckVerdict.LOOK,
            "channel_away": CheckVerdict.BAD,
            "phone_quiet": CheckVerdict.LOOK,
            "phone_none": CheckVerdict.BAD,
            "listener-silent": CheckVerdict.BAD,
        }.items()
    )
    silent = next(line for line in results if line.code == "probe_silent")
    assert silent.facts == {"room": "3号库", "spot": "door", "long_ms": 3 * HOUR_MS}


def test_probes_that_disagree_in_a_resting_room_are_named_and_doubtful_ones_do_not_count(
    house: Databases,
) -> None:
    say(house, "men", NOW, temperature=18.0)
    say(house, "li", NOW, temperature=20.5)
    results = pre_opening_checks.run_check(house, NOW, room=1)
    assert codes(results, "probes_apart") == {"probes_apart": CheckVerdict.LOOK}
    say(house, "li", NOW, int(Flag.IMPLAUSIBLE), temperature=85.0)
    results = pre_opening_checks.run_check(house, NOW, room=1)
    assert codes(results, "probes_apart", "probe_doubtful") == {"probe_doubtful": CheckVerdict.BAD}


def test_a_correction_counts_before_probes_are_compared(house: Databases) -> None:
    say(house, "men", NOW, temperature=18.0)
    say(house, "li", NOW, temperature=20.5)
    with house.records.write() as tx:
        calibrate(
            tx,
            NOW,
            NewCalibration(device="li", position="", metric="temperature", offset=-2.4, method="ice", by=1),
        )
    assert codes(pre_opening_checks.run_check(house, NOW, room=1), "probes_agree", "probes_apart") == {
        "probes_agree": CheckVerdict.OK
    }


def test_a_roster_that_ends_says_from_when_nobody_is_there(house: Databases) -> None:
    with house.records.write() as tx:
        roster.clear(tx, NOW, 1, NOW + 7 * DAY_MS, NOW + 30 * DAY_MS)
    gaps = [line for line in pre_opening_checks.run_check(house, NOW, room=1) if line.code == "roster_gap"]
    assert [(line.verdict, line.facts) for line in gaps] == [
        (CheckVerdict.LOOK, {"site": "古池库区", "day": "2026-01-21"})
    ]


def test_what_was_found_is_kept_with_who_and_when(house: Databases) -> None:
    lines = pre_opening_checks.run_check(house, NOW)
    with house.records.write() as tx:
        first = pre_opening_checks.store_check(tx, NOW, 1, None, lines)
        second = pre_opening_checks.store_check(tx, NOW + MINUTE_MS, 1, 1, [])
    with house.records.read() as tx:
        check = pre_opening_checks.stored_check(tx, first)
        assert check
        assert (check.at, check.by, check.room, check.worst, check.lines) == (NOW, 1, None, "bad", lines)
        assert [row.id for row in pre_opening_checks.stored_checks(tx)] == [second, first]
        assert [row.id for row in pre_opening_checks.stored_checks(tx, before=second)] == [first]
        assert pre_opening_checks.stored_check(tx, 99) is None


def test_findings_that_a_later_program_does_not_know_are_left_out(house: Databases) -> None:
    with house.records.write() as tx:
        made = pre_opening_checks.store_check(
            tx,
            NOW,
            1,
            None,
            [CheckResult("of_old", CheckVerdict.BAD), CheckResult("clocks_right", CheckVerdict.OK)],
        )
        check = pre_opening_checks.stored_check(tx, made)
    assert check
    assert [line.code for line in check.lines] == ["clocks_right"]
