"""A box in the village and one in the cloud: the link is cut for a while, and nothing is missing or twice."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from coldshed.bridge import bridge_config
from tests.e2e.boxes import Box, Sent, publish, until
from tests.support.certificates import Authority
from tests.support.machines import free_port, need

ROOT = Path(__file__).parents[2]


class Pair:
    """Guchi's box, and a hub that lets in only who has a login of its own, over TLS."""

    def __init__(self, folder: Path) -> None:
        need("mosquitto")
        authority = Authority(folder / "ca")
        certificate, key = authority.sign("hub")
        self.hub = Box(folder / "hub", mqtt_logins="each")
        self.tls_port = free_port()
        text = (ROOT / "deploy/mosquitto/tls.conf.example").read_text("utf-8")
        for old, new in (
            ("listener 8883", f"listener {self.tls_port} 127.0.0.1"),
            ("/mosquitto/certs/server.crt", str(certificate)),
            ("/mosquitto/certs/server.key", str(key)),
        ):
            text = text.replace(old, new)
        (self.hub.more / "tls.conf").write_text(text)
        password = self.hub.login("guchi", "village")
        self.edge = Box(folder / "edge", mqtt_password="for all probes")
        address = f"mqtts://guchi:{password}@localhost:{self.tls_port}"
        # quicker than in the field, where a link that comes back may take half a minute to be found
        bridge = bridge_config("guchi", address, authority.file).replace(
            "restart_timeout 2 30", "restart_timeout 1"
        )
        (self.edge.more / "bridge.conf").write_text(bridge)

    def say(self, sent: Sent, count: int) -> None:
        assert publish(self.edge.port, sent.more(count), "coldshed", "for all probes") == count

    def stop(self) -> None:
        self.edge.stop()
        self.hub.stop()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    yield made
    made.stop()


@pytest.mark.timeout(180)
def test_a_link_that_was_cut_loses_and_doubles_nothing(pair: Pair) -> None:
    edge, hub, sent = pair.edge, pair.hub, Sent()
    hub.start("broker", "ingest", "record")  # first: nobody keeps anything for a listener that never came
    edge.start("broker", "ingest", "record")
    pair.say(sent, 500)
    until(lambda: hub.history() == sent.expected("guchi"), "the hub to have what was sent")

    hub.end("broker")
    pair.say(sent, 2_000)
    until(lambda: edge.history() == sent.expected(), "the village's own box to go on")
    assert len(hub.history()) == 500
    edge.end("broker")  # a power cut's tidy sister: what waits for the hub must outlive it
    edge.start("broker")
    pair.say(sent, 500)
    hub.start("broker")
    until(lambda: len(hub.history()) >= 3_000, "the hub to catch up")

    edge.end("ingest", signal.SIGKILL)  # the hub does not need the village's own listener
    hub.end("ingest", signal.SIGKILL)
    pair.say(sent, 1_000)
    hub.start("ingest")
    edge.start("ingest")
    until(lambda: len(hub.history()) >= 4_000 and len(edge.history()) >= 4_000, "both to catch up")
    assert hub.history() == sent.expected("guchi")
    assert edge.history() == sent.expected()


@pytest.mark.timeout(120)
def test_two_villages_with_probes_of_one_name_do_not_mix_and_cannot_forge(pair: Pair) -> None:
    hub, guchi, jiaokou = pair.hub, Sent(), Sent()
    password = hub.login("jiaokou", "village")
    hub.start("broker", "ingest", "record")
    pair.edge.start("broker")
    pair.say(guchi, 200)
    theirs = [(f"village/jiaokou/{topic}", body) for topic, body in jiaokou.more(300)]
    forged = [(f"village/guchi/{topic}", body) for topic, body in Sent(began=1).more(50)]
    messages = [(topic, body) for topic, body in Sent(began=2).more(50)]
    assert publish(hub.port, forged + messages + theirs, "jiaokou", password) == 400
    until(lambda: len(hub.history()) >= 500, "both villages")
    assert hub.history() == guchi.expected("guchi") | jiaokou.expected("jiaokou")
