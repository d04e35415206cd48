"""Credentials at the broker: the topic rights of each device family, and password hashing.

A credential belongs to one device, or to one gateway that publishes for many. Rights are MQTT topic
filters. The broker drops messages published without the right to.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from core.devices.families import FAMILIES, FAMILY_BY_ID
from core.devices.topic_rights import TopicRight, read_only, read_write, write_only
from core.errors import Refused

ROUNDS = 101
"""Mosquitto's default. It is enough, because our passwords are random."""
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Characters of generated passwords: none that look alike when copied from a screen."""
GROUPS, GROUP = 4, 4

SERVICE: tuple[TopicRight, ...] = (
    *read_only("#", "$SYS/#"),
    *write_only("coldshed/listener/#", "spBv1.0/+/NCMD/+", "spBv1.0/+/DCMD/+/+"),
    *write_only(*(f"{levels}/rpc" for levels in ("+", "+/+", "+/+/+"))),
)
"""Our own services. They read everything, and publish to themselves, to Sparkplug nodes and to Shelly
gateways, which they ask for their Bluetooth sensors."""
SHARED: tuple[TopicRight, ...] = (*read_write("#"), *read_only("$SYS/#"))
"""The single credential shared by all devices of a small site."""

RESERVED = frozenset(
    right.topic.split("/")[0]
    for family in FAMILIES
    for right in family.credential.rights
    if right.topic[0] != "{"
) | {"tasmota", "STATE", "zigbee2mqtt"}
"""First topic levels shared by several devices; no credential may get the whole tree."""
_NAME = re.compile(r"[^\s:#+$%\"\\/\x00-\x1f\x7f][^\s:#+%\"\\\x00-\x1f\x7f]{0,63}")
_VILLAGE = re.compile(r"[^/+#@\x00-\x1f]{1,40}")
_TOPIC = re.compile(r"[^#\x00-\x1f\x7f]{0,199}#?")


def login_name(text: str) -> str:
    """Returns the trimmed login name. Refused: empty, too long, or with characters the broker's files
    cannot hold."""
    name = text.strip()
    if not _NAME.fullmatch(name) or name.endswith("/") or "//" in name:
        refusal = "登录名不行：%(name)s。用1到64个字，不要空格和 : # + $ 这些符号"
        raise Refused("bad_login_name", refusal, name=text)
    return name


def is_village_name(text: str) -> bool:
    """Whether a hub decodes `village/<text>/#`: one topic level, which also ends the names of devices
    (`probe-1@guchi`)."""
    return _VILLAGE.fullmatch(text) is not None


def village_name(text: str) -> str:
    """Returns the trimmed name of a village's box, which is its login name at the hub. Refused: a name that
    the hub does not decode."""
    name = login_name(text)
    if not is_village_name(name):
        raise Refused("bad_village_name", "村名不行：%(name)s。最多40个字，不要 / 和 @", name=name)
    return name


def rights(family: str, name: str, at: str = "", topics: Iterable[str] = ()) -> tuple[TopicRight, ...]:
    """Topic rights of a credential: the family's topics at `at` (default: the login name), and the filters
    `topics` to publish to. Refused: an unknown family, an invalid place or topic."""
    known_family = FAMILY_BY_ID.get(family)
    if known_family is None:
        raise Refused("unknown_family", "没有这种设备：%(family)s", family=family)
    form = known_family.credential
    extra = [_topic(topic) for topic in topics]
    if family == "other" and not extra:
        raise Refused("no_topics", "这种设备要写明它发到哪个主题")
    place = at.strip() or form.default or name
    own = [TopicRight(right.access, _filled(right.topic, family, place)) for right in form.rights]
    return tuple(dict.fromkeys((*own, *write_only(*extra))))


def _filled(topic: str, family: str, place: str) -> str:
    form = FAMILY_BY_ID[family].credential
    if place != form.default:
        login_name(place)
        own_tree = topic.startswith("{at}/")
        if (own_tree and place.split("/")[0] in RESERVED) or (family == "homie" and place.isdecimal()):
            raise Refused("place_of_many", "%(at)s 下面有许多设备，不能整个给一个", at=place)
    if family != "sparkplug":
        return topic.replace("{at}", place)
    group, slash, node = place.partition("/")
    if not slash or not node or "/" in node:
        raise Refused("no_group", "Sparkplug 要写成 组/节点，如 yuci/gw1")
    return topic.replace("{group}", group).replace("{node}", node)


def _topic(text: str) -> str:
    """A topic filter from an installer. Refused if it starts with `+` or covers everything."""
    topic = text.strip()
    levels = topic.split("/")
    whole = all(level == "+" or "+" not in level for level in levels)
    if not _TOPIC.fullmatch(topic) or not whole or not topic or levels[-1][:-1].endswith("#"):
        raise Refused("bad_topic", "主题不行：%(topic)s", topic=text)
    if topic.endswith("#") and levels[-1] != "#":
        raise Refused("bad_topic", "主题不行：%(topic)s", topic=text)
    first = next((level for level in levels if level), "")
    if first in ("#", "+", "") or first.startswith("$") or topic.rstrip("/#") in RESERVED:
        raise Refused("place_of_many", "%(at)s 下面有许多设备，不能整个给一个", at=topic)
    return topic


def password_of(drawn: Iterable[int]) -> str:
    """Builds a password of `GROUPS` groups from random numbers (79 bits)."""
    letters = [ALPHABET[number % len(ALPHABET)] for number in drawn]
    return "-".join("".join(letters[at : at + GROUP]) for at in range(0, GROUPS * GROUP, GROUP))


def hash_password(password: str, salt: bytes) -> str:
    """Hash in the format of Mosquitto's password file: kind 7, PBKDF2 with SHA-512."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return f"$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def is_password(password: str, kept: str) -> bool:
    """Whether the password matches the hash. False for anything but a hash of kind 7."""
    try:
        _, kind, rounds, salt, digest = kept.split("$")
        stored_digest = base64.b64decode(digest, validate=True)
        typed_digest = hashlib.pbkdf2_hmac("sha512", password.encode(), base64.b64decode(salt), int(rounds))
    except ValueError:
        return False
    return kind == "7" and hmac.compare_digest(typed_digest, stored_digest)
