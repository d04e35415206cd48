"""The demo's rooms: their physics, goods and probes."""

from dataclasses import replace

from simulators.cold_room import ColdRoom, RefrigerationPlant
from simulators.description import DemoDevice, DemoGoods, DemoProbe, DemoRoom
from simulators.shed import Shed, ShedClimate

STORE = "联合社冷库(演示)"
JIAOKOU, GUCHI, RENJIAZHUANG = "交口菇棚(演示)", "古池菇棚(演示)", "任家庄菇棚(演示)"


def _own(device: str, spot: str, *metrics: str, kind: str = "SHT3X", every_s: int = 20) -> DemoDevice:
    air = tuple(metric for metric in metrics if metric in ("temperature", "humidity", "co2"))
    probes = [DemoProbe("", spot, kind, air)] if air else []
    if "door" in metrics or "power" in metrics:
        probes.append(DemoProbe("", spot, "reed", tuple(m for m in metrics if m in ("door", "power"))))
    probes.append(DemoProbe("", spot, "cell", ("battery",)))
    return DemoDevice(device, "own", tuple(probes), every_s)


def _zigbee(name: str, spot: str) -> DemoDevice:
    return DemoDevice(
        name,
        "zigbee2mqtt",
        (
            DemoProbe("", spot, "SHT3X", ("temperature", "humidity")),
            DemoProbe("", spot, "cell", ("battery",)),
        ),
        30,
    )


def _tasmota(topic: str, *probes: DemoProbe) -> DemoDevice:
    return DemoDevice(topic, "tasmota", probes, 20)


def _ds(rom: str, spot: str) -> DemoProbe:
    return DemoProbe(rom, spot, "DS18B20", ("temperature",))


def _scd(spot: str) -> DemoProbe:
    return DemoProbe("SCD40", spot, "SCD40", ("temperature", "humidity", "co2"))


_potatoes = ColdRoom(
    product_kg=40_000,
    transpiration=6e-12,  # in net bags, skins set
    leak_m3_s=0.004,
    plant=RefrigerationPlant(
        coil_kg_s_pa=6e-7, defrost_s=1080, setpoint=4.0, heater_w=2000, heater_below=3.5, defrosts_per_day=2
    ),
)
_mushrooms = ColdRoom(
    ua=22,
    ua_hall=28,
    product_kg=2000,
    product_j_kg_k=3950,
    contact_w_k=180,
    respiration_w_kg=0.2,
    respiration_at=3.5,
    q10=2.85,
    transpiration=200e-12,  # in crates under film
    leak_m3_s=0.003,
    door_to_hall=True,
    plant=RefrigerationPlant(
        cooling_w=4000,
        setpoint=2.0,
        differential=1.2,
        coil_kg_s_pa=1.2e-6,
        defrosts_per_day=4,
        defrost_s=480,
        defrost_w=150,
    ),
)
_sweet = ColdRoom(
    product_kg=22_000,
    product_j_kg_k=3400,
    contact_w_k=500,
    respiration_w_kg=0.035,
    respiration_at=13.0,
    transpiration=9e-12,
    leak_m3_s=0.003,
    plant=RefrigerationPlant(
        cooling_w=6000,
        setpoint=13.6,
        differential=1.2,
        coil_difference=6,
        heater_w=2500,
        heater_below=12.7,
        defrosts_per_day=0,
    ),
)
_empty = ColdRoom(
    product_kg=0,
    contact_w_k=250,
    respiration_w_kg=0,
    transpiration=0,
    plant=RefrigerationPlant(cooling_w=0, defrosts_per_day=0, fan_w=0),
)


def _cold(
    number: int,
    model: ColdRoom,
    devices: tuple[DemoDevice, ...],
    capacity_t: float,
    goods: tuple[DemoGoods, ...],
    **more: float,
) -> DemoRoom:
    return DemoRoom(
        name=f"{number}号库",
        site=STORE,
        kind="cold_room",
        model=model,
        devices=devices,
        capacity_t=capacity_t,
        use=goods[0].produce if goods else None,
        goods=goods,
        empty=not goods,
        **more,  # type: ignore[arg-type]
    )


COLD_ROOMS = (
    _cold(
        1,
        _mushrooms,
        (
            _zigbee("1号库/门边", "door"),
            _zigbee("1号库/最里", "back"),
            _tasmota("kufang1", _ds("00000D1E0101", "middle"), _ds("00000D1E0102", "pile")),
            _own("ku1-men", "door", "door", kind="reed"),
        ),
        6,
        (
            DemoGoods("mushroom_oyster", "交口食用菌合作社", 1200, 120, "黑平", 2),
            DemoGoods("mushroom_oyster", "古池蔬菜合作社", 800, 80, "灰平", 1),
        ),
        openings_per_day=6,
        opening_s=150,
        opening_share=0.06,
    ),
    _cold(
        2,
        _potatoes,
        (
            _own("ku2-men", "door", "temperature", "humidity", "door"),
            _own("ku2-li", "back", "temperature", "humidity"),
            _tasmota("kufang2", _ds("00000D1E0201", "pile"), _ds("00000D1E0202", "pile")),
        ),
        50,
        (
            DemoGoods("potato_table", "任家庄马铃薯合作社", 25_000, 625, "晋薯16号", 58),
            DemoGoods("potato_table", "交口种植合作社", 15_000, 375, "青薯9号", 55),
        ),
        openings_per_day=3,
    ),
    _cold(
        3,
        _potatoes._replace(product_kg=38_000),
        (
            _zigbee("3号库/门边", "door"),
            _own("ku3-li", "back", "temperature", "humidity"),
            _own("ku3-men", "door", "door", kind="reed"),
            _tasmota("kufang3", _ds("00000D1E0301", "middle"), _ds("00000D1E0302", "pile")),
        ),
        50,
        (
            DemoGoods("potato_table", "古池蔬菜合作社", 20_000, 500, "冀张薯8号", 52),
            DemoGoods("potato_table", "交口种植合作社", 18_000, 450, "青薯9号", 50),
        ),
        openings_per_day=2,
    ),
    _cold(
        4,
        _sweet,
        (
            _own("ku4-men", "door", "temperature", "humidity", "door"),
            _own("ku4-li", "back", "temperature", "humidity"),
            _tasmota("kufang4", _ds("00000D1E0401", "pile"), _ds("00000D1E0402", "pile")),
        ),
        30,
        (DemoGoods("sweetpotato", "任家庄红薯合作社", 22_000, 880, "龙薯9号", 45),),
        openings_per_day=2,
    ),
    _cold(
        5,
        _empty,
        (_zigbee("5号库/中间", "middle"), _own("ku5-men", "door", "temperature", "humidity", "door")),
        50,
        (),
        openings_per_day=0.2,
    ),
    _cold(
        6,
        _potatoes._replace(
            product_kg=30_000,
            contact_w_k=650,
            plant=_potatoes.plant._replace(setpoint=3.1, heater_below=2.2),
        ),
        (
            _zigbee("6号库/门边", "door"),
            _own("ku6-li", "back", "temperature", "humidity", "door"),
            _tasmota("kufang6", _ds("00000D1E0601", "middle"), _ds("00000D1E0602", "pile")),
        ),
        45,
        (
            DemoGoods("potato_seed", "任家庄马铃薯合作社", 18_000, 450, "晋薯16号 原种", 60),
            DemoGoods("potato_seed", "古池蔬菜合作社", 12_000, 300, "希森6号 一级种", 56),
        ),
        openings_per_day=1,
    ),
)

_spawn = Shed(
    mushroom_kg=0,
    substrate_co2_g_h=150,
    breath_at=24,
    wet_kg_s_pa=1.2e-7,
    contact_w_k=200,  # bags in stacks
    leak_changes=0.08,
    climate=ShedClimate(
        heat_below=21.5,
        cool_above=24.5,
        humidify_below=62,
        humidify_to=66,
        vent_above=8000,
        vent_to=5500,
        vent_every_s=86_400,
        vent_for_s=180,
        fan_changes=3,
    ),
)
_fruiting = Shed(climate=ShedClimate(heat_below=13.5, cool_above=17.0))
_pinning = Shed(
    mushroom_kg=40,
    climate=ShedClimate(heat_below=11.5, cool_above=15.0, humidify_below=91, humidify_to=95, vent_above=850),
)
_rest = Shed(
    mushroom_kg=20,
    climate=ShedClimate(
        heat_below=16, cool_above=20, humidify_below=74, humidify_to=80, vent_above=1800, vent_to=1200
    ),
)
_shiitake = Shed(
    mushroom_kg=180,
    substrate_co2_g_h=110,
    climate=ShedClimate(heat_below=13, cool_above=17, humidify_below=80, humidify_to=86),
)
_browning = Shed(
    mushroom_kg=0,
    substrate_co2_g_h=160,
    breath_at=20,
    wet_kg_s_pa=2e-7,
    climate=ShedClimate(
        heat_below=19, cool_above=23, humidify_below=82, humidify_to=87, vent_above=1500, vent_to=1000
    ),
)
_king = Shed(
    mushroom_kg=260,
    climate=ShedClimate(
        heat_below=13.8, cool_above=16, humidify_below=86, humidify_to=90, vent_above=1800, vent_to=1200
    ),
)
_tunnel = _fruiting._replace(ua=240, climate=_fruiting.climate._replace(heater_w=14_000, cooler_w=22_000))


def _shed(number: int, site: str, use: str, model: Shed, *devices: DemoDevice) -> DemoRoom:
    return DemoRoom(
        name=f"{number}号棚",
        site=site,
        kind="mushroom_shed",
        model=model,
        devices=devices,
        use=use,
        openings_per_day=5,
        opening_s=180,
        opening_share=0.15,
    )


def _rom(number: int, probe: int) -> str:
    return f"00000D1E1{number}{probe:02d}"


def _esp(number: int) -> DemoDevice:
    """A board with an SCD40 in the middle and a DS18B20 in a bag."""
    return _tasmota(f"peng{number}", _scd("middle"), _ds(_rom(number, 1), "pile"))


def _board(number: int) -> DemoDevice:
    return _own(f"peng{number}", "middle", "temperature", "humidity", "co2", kind="SCD40")


SHEDS = (
    _shed(1, JIAOKOU, "oyster/fruiting", _fruiting, _esp(1), _zigbee("1号棚/门边", "door")),
    _shed(
        2,
        JIAOKOU,
        "oyster/spawn_run",
        _spawn,
        _board(2),
        _tasmota("peng2-dui", _ds(_rom(2, 1), "pile"), _ds(_rom(2, 2), "pile")),
    ),
    _shed(3, JIAOKOU, "oyster/pinning", _pinning, _esp(3)),
    _shed(4, GUCHI, "shiitake/fruiting", _shiitake, _esp(4), _zigbee("4号棚/门边", "door")),
    _shed(5, GUCHI, "oyster/fruiting", _tunnel, _board(5), _zigbee("5号棚/门边", "door")),
    _shed(6, GUCHI, "shiitake/browning", _browning, _esp(6)),
    _shed(7, RENJIAZHUANG, "king_oyster/fruiting", _king, _esp(7), _zigbee("7号棚/门边", "door")),
    _shed(8, RENJIAZHUANG, "oyster/rest", _rest, _board(8)),
)

STATIONS: dict[str, DemoDevice] = {
    "1号库": DemoDevice(
        "kuwai",
        "own",
        (
            DemoProbe("", "outside", "SHT3X", ("temperature", "humidity")),
            DemoProbe("", "outside", "reed", ("power",)),
        ),
        30,
    ),
    "4号棚": DemoDevice(
        "4号棚/棚外", "zigbee2mqtt", (DemoProbe("", "outside", "SHT3X", ("temperature", "humidity")),), 30
    ),
}
"""Outside probes, one a neighbourhood; the one of the cold store also reports the mains."""


def _with_station(room: DemoRoom) -> DemoRoom:
    station = STATIONS.get(room.name)
    return room if station is None else replace(room, devices=(*room.devices, station))


ROOMS = tuple(_with_station(room) for room in (*COLD_ROOMS, *SHEDS))
