"""`coldshed bridge`: the Mosquitto configuration that forwards this box's messages to a hub."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from core.devices.credentials import village_name
from ingest.address import PORT, TLS_PORT
from ingest.decoders import FAMILIES, load
from ingest.rules.compiled import CompiledRule
from ingest.rules.rule_follower import RuleFollower
from ingest.rules.rule_list import RuleList
from store.database import Databases

WITHOUT_TIME = frozenset(("esphome", "homie", "omg_theengs", "shelly"))
WITH_TIME_THOUGH = ("/events/rpc",)
"""Messages of the families in WITHOUT_TIME carry no timestamp, except on these topics. A message without a
timestamp must not be queued while the link is down: the hub would take it as new when it arrives. At
QoS 0 Mosquitto drops it, and the hub shows a gap."""


def bridge_config(
    village: str, hub: str, ca_file: Path | None = None, rules: Iterable[CompiledRule] = ()
) -> str:
    """Text for `conf.d/bridge.conf`. `hub` is `mqtts://user:password@host`. Refused: `village` is
    a name that the hub does not decode. What waits for the hub is saved every 5 s."""
    parts = urlsplit(hub)
    tls = parts.scheme == "mqtts"
    port = parts.port or (TLS_PORT if tls else PORT)
    name = village_name(village)
    lines = [
        f"connection coldshed-{name}",
        f"address {parts.hostname}:{port}",
        f"remote_clientid coldshed-bridge-{name}",
        f"local_clientid coldshed-bridge-{name}",
        f"remote_username {unquote(parts.username or name)}",
        f"remote_password {unquote(parts.password or '')}",
        "cleansession false",
        "autosave_interval 5",
        "notifications false",
        "keepalive_interval 30",
        "restart_timeout 2 30",
    ]
    if tls:
        lines.append(f"bridge_cafile {ca_file}" if ca_file else "bridge_capath /etc/ssl/certs")
    lines += [f'topic {topic_filter} out {qos} "" village/{name}/' for topic_filter, qos in forwarded(rules)]
    return "\n".join(lines) + "\n"


def rules_of(dbs: Databases, now: int) -> Iterable[CompiledRule]:
    """The rules of the page, of the settings folder, and the built-in ones."""
    held = _HeldRules()
    RuleFollower(dbs, held, lambda: now).refresh()
    return held.rules


class _HeldRules:
    rules: Iterable[CompiledRule] = ()

    def use_rules(self, rules: RuleList) -> None:
        self.rules = rules.rules


def forwarded(rules: Iterable[CompiledRule]) -> list[tuple[str, int]]:
    """(topic filter, QoS) for every filter of a family or a rule."""
    qos_by_filter: dict[str, int] = {}
    for family, module in FAMILIES:
        for topic_filter in load(module).FILTERS:
            timed = family not in WITHOUT_TIME or topic_filter.endswith(WITH_TIME_THOUGH)
            qos_by_filter.setdefault(topic_filter, 1 if timed else 0)
    for rule in rules:
        for topic_filter in rule.filters:
            qos_by_filter.setdefault(topic_filter, 1 if rule.rule.time.paths else 0)
    return list(qos_by_filter.items())
