"""The table of device families; decoders, credentials, settings and pages read it.

The order is that of the decoders: if topic filters of two families overlap, the first family decodes the
message. How to add a family: docs/developers/house.md.
"""

from collections.abc import Callable
from typing import NamedTuple

from core.devices import setting_lines
from core.devices.setting_lines import BrokerServer, DeviceLogin
from core.devices.topic_rights import CredentialForm, read_only, read_write, write_only


class DeviceFamily(NamedTuple):
    """`id` is stored with devices and credentials and must not change. A technician chooses a family by
    `label` and `hint`, and copies `lines` into the device."""

    id: str
    label: str
    hint: str
    credential: CredentialForm
    lines: Callable[[BrokerServer, DeviceLogin], str] = setting_lines.plain_settings
    common: bool = False
    """The pages list it first."""
    has_decoder: bool = True
    """Messages are decoded by `ingest/decoders/<id>/decoder.py`."""

    @property
    def module(self) -> str:
        return f"ingest.decoders.{self.id}.decoder"


FAMILIES: tuple[DeviceFamily, ...] = (
    DeviceFamily(
        "coldshed",
        "自家的板子",
        "按库棚通的写法发数",
        CredentialForm(read_write("coldshed/v1/{at}/#")),
        setting_lines.coldshed_settings,
        common=True,
    ),
    DeviceFamily(
        "zigbee2mqtt",
        "Zigbee2MQTT",
        "网关，替下面所有探头说话",
        CredentialForm(read_write("{at}/#"), gateway=True, default="zigbee2mqtt"),
        setting_lines.zigbee2mqtt_settings,
        common=True,
    ),
    DeviceFamily(
        "tasmota",
        "Tasmota",
        "登录名就是它的 Topic",
        CredentialForm(
            write_only("tele/{at}/#", "stat/{at}/#", "{at}/tele/#", "{at}/stat/#")
            + read_only("cmnd/{at}/#", "{at}/cmnd/#", "cmnd/tasmotas/#")
        ),
        setting_lines.tasmota_settings,
        common=True,
    ),
    DeviceFamily(
        "chirpstack",
        "ChirpStack",
        "LoRa 服务器，替下面所有探头说话",
        CredentialForm(
            write_only("application/{at}/device/+/event/+")
            + read_only("application/{at}/device/+/command/+"),
            gateway=True,
            default="+",
        ),
    ),
    DeviceFamily(
        "tts",
        "The Things Stack",
        "LoRa 服务器，替下面所有探头说话",
        CredentialForm(write_only("v3/{at}/devices/+/#"), gateway=True, default="+"),
    ),
    DeviceFamily(
        "thingsboard",
        "ThingsBoard",
        "按 ThingsBoard 的写法发数的网关",
        CredentialForm(read_write("v1/devices/me/#", "v1/gateway/#"), gateway=True),
    ),
    DeviceFamily(
        "omg_theengs",
        "OpenMQTTGateway, Theengs",
        "登录名就是网关的名字",
        CredentialForm(read_write("home/{at}/#"), gateway=True),
    ),
    DeviceFamily(
        "senml",
        "SenML",
        "登录名就是主题的后一段",
        CredentialForm(read_write("senml/{at}", "senml/{at}/#")),
    ),
    DeviceFamily(
        "sparkplug",
        "Sparkplug B",
        "下面要写组和节点，如 yuci/gw1",
        CredentialForm(
            write_only(
                *(f"spBv1.0/{{group}}/{kind}/{{node}}" for kind in ("NBIRTH", "NDEATH", "NDATA")),
                *(f"spBv1.0/{{group}}/{kind}/{{node}}/+" for kind in ("DBIRTH", "DDEATH", "DDATA")),
            )
            + read_only("spBv1.0/{group}/NCMD/{node}", "spBv1.0/{group}/DCMD/{node}/+", "spBv1.0/STATE/+")
        ),
    ),
    DeviceFamily(
        "homie",
        "Homie",
        "登录名就是它的设备号",
        CredentialForm(read_write("homie/{at}/#", "homie/4/{at}/#", "homie/5/{at}/#")),
    ),
    DeviceFamily(
        "ruuvi",
        "Ruuvi Gateway",
        "登录名就是网关的号",
        CredentialForm(write_only("ruuvi/{at}/#"), gateway=True),
    ),
    DeviceFamily(
        "shelly",
        "Shelly",
        "登录名就是它的 MQTT prefix",
        CredentialForm(
            read_write("{at}/#", "shellies/{at}/#")
            + write_only("shellies/announce", "shelly-blu/events/+", "coldshed/shelly/rpc")
            + read_only("shellies/command")
        ),
        setting_lines.shelly_settings,
        common=True,
    ),
    DeviceFamily(
        "esphome",
        "ESPHome",
        "登录名就是它的 topic_prefix",
        CredentialForm(
            read_write("{at}/#") + write_only("homeassistant/+/{at}/#") + read_only("homeassistant/status")
        ),
        setting_lines.esphome_settings,
        common=True,
    ),
    DeviceFamily(
        "other",  # its topics are entered by hand, because a DTU publishes what its installer typed
        "DTU 和别的",
        "下面要写它发到哪个主题",
        CredentialForm((), default="-"),
        has_decoder=False,
    ),
    DeviceFamily(
        "village",  # another box that forwards the messages of its own broker (docs/operators/shape-two.md)
        "别的村的盒子",
        "把那个村的数都转到这里来",
        CredentialForm(write_only("village/{at}/#"), gateway=True),
        has_decoder=False,
    ),
)
FAMILY_BY_ID: dict[str, DeviceFamily] = {family.id: family for family in FAMILIES}
