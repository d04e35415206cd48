"""The demo's description: complete, consistent, and obviously a demo."""

from collections import Counter

from core.metrics import METRICS
from core.people.people import plain_phone
from core.rooms.places import SPOTS
from simulators.devices import FORMS
from simulators.federation import DEMO
from simulators.sampling import channels
from simulators.sensors import KINDS


def test_it_is_the_federation_of_three_villages_six_rooms_eight_sheds_and_five_cooperatives() -> None:
    kinds = Counter(room.kind for room in DEMO.rooms)
    assert (len(DEMO.villages), len(DEMO.cooperatives)) == (3, 5)
    assert kinds == {"cold_room": 6, "mushroom_shed": 8}
    assert [room.name for room in DEMO.rooms[:6]] == [f"{number}号库" for number in range(1, 7)]


def test_everything_of_it_says_that_it_is_a_demo() -> None:
    assert "演示" in DEMO.name
    assert "演示" in DEMO.signature
    for name in [site.name for site in DEMO.sites] + [person.name for person in DEMO.people]:
        assert "演示" in name


def test_no_number_or_code_can_belong_to_anybody() -> None:
    for person in DEMO.people:
        assert plain_phone(person.phone).endswith(person.phone)
        assert person.phone.startswith("100")
    for village in DEMO.villages:
        assert len(village.code) == 12
        assert village.code[6:9] == "999"


def test_names_are_unique_and_point_at_something() -> None:
    villages = {village.name for village in DEMO.villages}
    cooperatives = {cooperative.name for cooperative in DEMO.cooperatives}
    sites = {site.name for site in DEMO.sites}
    assert {cooperative.village for cooperative in DEMO.cooperatives} | {
        site.village for site in DEMO.sites
    } <= villages
    assert {room.site for room in DEMO.rooms} == sites
    assert {goods.cooperative for room in DEMO.rooms for goods in room.goods} <= cooperatives
    assert {site for person in DEMO.people for site in person.sites} == sites
    for names in (
        [room.name for room in DEMO.rooms],
        [device.id for room in DEMO.rooms for device in room.devices],
        [person.username for person in DEMO.people if person.username],
    ):
        assert max(Counter(names).values()) == 1


def test_every_room_has_a_device_and_the_three_forms_are_all_spoken() -> None:
    assert all(room.devices for room in DEMO.rooms)
    assert {device.form for room in DEMO.rooms for device in room.devices} == set(FORMS)


def test_every_probe_stands_at_a_spot_and_measures_what_its_kind_can() -> None:
    kinds = set()
    for channel in channels(DEMO, 1):
        assert channel.probe.spot in SPOTS
        assert channel.metric in METRICS
        assert channel.metric in KINDS[channel.probe.kind]
        kinds.add((channel.device.id, channel.probe.position, channel.metric))
    assert len(kinds) == len(channels(DEMO, 1))
    assert 60 <= len(kinds) <= 110


def test_a_position_of_a_device_stands_at_one_spot_only() -> None:
    spots: dict[tuple[str, str], set[str]] = {}
    for channel in channels(DEMO, 1):
        spots.setdefault((channel.device.id, channel.probe.position), set()).add(channel.probe.spot)
    assert {len(spots_of_position) for spots_of_position in spots.values()} == {1}


def test_a_cold_room_has_probes_by_the_door_and_elsewhere() -> None:
    for room in DEMO.rooms:
        if room.kind == "cold_room" and room.goods:
            spots = {probe.spot for device in room.devices for probe in device.probes}
            assert {"door", "back", "pile"} <= spots or {"door", "middle", "pile"} <= spots
