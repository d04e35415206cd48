"""Logins at both brokers: who may come in, and that a device speaks only as itself."""

import os
import stat
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from coldshed import broker, broker_credentials, credentials_command
from coldshed.credential_follower import CredentialFollower
from coldshed.settings import Settings
from core.devices.credentials import SERVICE, SHARED, is_password
from core.errors import StoreError
from core.readings.journal_codec import Heartbeat, encode
from store.clock import now_ms
from store.database import Databases
from store.devices import credentials
from store.devices.credentials import NewCredential
from store.journal import journal
from store.processes import process_id
from tests.coldshed.conftest import OwnBroker, until


class Client:
    """A paho client that keeps what it hears."""

    def __init__(
        self,
        port: int,
        name: str | None = None,
        password: str | None = None,
        client_id: str = "",
        will: str = "",
        *,
        keeps_session: bool = False,
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.code: int | None = None
        self.gone = self.subscribed = False
        self.paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=not keeps_session,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        if name:
            self.paho.username_pw_set(name, password)
        if will:
            self.paho.will_set(will, b"by a will", 1)
        self.paho.on_connect = self._connected
        self.paho.on_disconnect = self._disconnected
        self.paho.on_subscribe = self._subscribed
        self.paho.on_message = lambda _c, _d, message: self.heard.append(
            (message.topic, bytes(message.payload))
        )
        self.paho.connect("127.0.0.1", port)
        self.until(lambda: self.code is not None)

    def _connected(self, _c: object, _d: object, _f: object, code: ReasonCode, _p: object) -> None:
        self.code = int(code.value)

    def _disconnected(self, *_: object) -> None:
        self.gone = True

    def _subscribed(self, *_: object) -> None:
        self.subscribed = True

    def until(self, true: object) -> None:
        def turned() -> object:
            self.paho.loop(0.02)
            return true()  # type: ignore[operator]

        until(turned)

    def listen(self, topic: str) -> "Client":
        self.paho.subscribe(topic, 1)
        self.until(lambda: self.subscribed)
        return self

    def say(self, topic: str, payload: bytes = b"1", retain: bool = False) -> "Client":
        sent = self.paho.publish(topic, payload, 1, retain)
        self.until(sent.is_published)
        return self

    def leave(self) -> None:
        self.paho.disconnect()
        self.paho.loop(0.05)


def _code(own_broker: OwnBroker, name: str | None = None, password: str | None = None) -> int | None:
    client = Client(own_broker.port, name, password)
    client.leave()
    return client.code


def _in_force(own_broker: OwnBroker, name: str, password: str) -> None:
    """Mosquitto is signalled, amqtt looks by itself: until the login works and no other comes in."""
    until(lambda: _code(own_broker) != 0 and _code(own_broker, name, password) == 0)


def _hears(listener: Client, wanted: list[str]) -> None:
    """Exactly these topics, in whatever order: the last one said is waited for."""
    listener.until(lambda: len(listener.heard) >= len(wanted))
    assert sorted(topic for topic, _ in listener.heard) == sorted(wanted)


def test_a_device_that_speaks_in_anothers_name_is_not_heard(own_broker: OwnBroker) -> None:
    first, second = own_broker.issue("probe-1"), own_broker.issue("probe-2")
    _in_force(own_broker, "probe-2", second)
    listener = Client(own_broker.port, *own_broker.service(), "listener").listen("#")
    forger = Client(own_broker.port, "probe-1", first)
    forger.say("coldshed/v1/probe-2/readings", b'{"temperature": 99}')
    forger.say("coldshed/listener/coldshed/marker").say("village/guchi/coldshed/v1/x/readings")
    forger.say("coldshed/v1/probe-1/readings")
    Client(own_broker.port, "probe-2", second).say("coldshed/v1/probe-2/status")
    _hears(listener, ["coldshed/v1/probe-1/readings", "coldshed/v1/probe-2/status"])


def test_a_will_in_anothers_name_is_not_spoken(own_broker: OwnBroker) -> None:
    password = own_broker.issue("probe-1")
    _in_force(own_broker, "probe-1", password)
    listener = Client(own_broker.port, *own_broker.service(), "listener").listen("#")
    for will in ("coldshed/v1/probe-2/status", "coldshed/v1/probe-1/status"):
        dying = Client(own_broker.port, "probe-1", password, will=will)
        assert dying.code == 0
        connection = dying.paho.socket()
        assert connection is not None
        connection.close()
    _hears(listener, ["coldshed/v1/probe-1/status"])


def test_a_device_hears_only_what_is_for_it(own_broker: OwnBroker) -> None:
    password = own_broker.issue("th1", "tasmota")
    _in_force(own_broker, "th1", password)
    speaker = Client(own_broker.port, *_everybody(own_broker))
    assert speaker.code == 0
    speaker.say("cmnd/th1/old", retain=True).say("tele/other/LWT", b"Online", retain=True)
    device = Client(own_broker.port, "th1", password).listen("#")
    speaker.say("cmnd/th2/POWER").say("coldshed/v1/probe/readings").say("cmnd/th1/POWER")
    _hears(device, ["cmnd/th1/old", "cmnd/th1/POWER"])


def _everybody(own_broker: OwnBroker) -> tuple[str, str]:
    """The simulators' login, which may say all."""
    password = broker_credentials.password_of(own_broker.settings, broker_credentials.SIMULATOR_NAME)
    own_broker.in_force()
    _in_force(own_broker, broker_credentials.SIMULATOR_NAME, password)
    return broker_credentials.SIMULATOR_NAME, password


def test_who_has_no_login_stays_out_from_the_first_one_on(own_broker: OwnBroker) -> None:
    before = Client(own_broker.port)
    assert before.code == 0
    password = own_broker.issue("probe-1")
    before.until(lambda: before.gone)
    _in_force(own_broker, "probe-1", password)
    for name, wrong in ((None, None), ("probe-1", "wrong"), ("probe-9", password), ("coldshed", "local")):
        assert _code(own_broker, name, wrong) != 0


def test_a_login_taken_back_ends_the_connection_and_the_broker_stays_closed(own_broker: OwnBroker) -> None:
    password = own_broker.issue("probe-1")
    _in_force(own_broker, "probe-1", password)
    device = Client(own_broker.port, "probe-1", password)
    own_broker.revoke("probe-1")
    device.until(lambda: device.gone)
    assert Client(own_broker.port, "probe-1", password).code != 0
    assert Client(own_broker.port).code != 0


def test_a_new_password_ends_the_old_one(own_broker: OwnBroker) -> None:
    old = own_broker.issue("probe-1")
    _in_force(own_broker, "probe-1", old)
    new = own_broker.issue("probe-1", renew=True)
    _in_force(own_broker, "probe-1", new)
    assert Client(own_broker.port, "probe-1", old).code != 0


def test_a_gateway_speaks_for_all_its_devices_and_for_no_others(own_broker: OwnBroker) -> None:
    password = own_broker.issue("gateway", "zigbee2mqtt")
    _in_force(own_broker, "gateway", password)
    listener = Client(own_broker.port, *own_broker.service(), "listener").listen("#")
    gateway = Client(own_broker.port, "gateway", password)
    gateway.say("coldshed/v1/probe-1/readings").say("zigbee2mqtt/3号库").say("zigbee2mqtt/1号库/availability")
    _hears(listener, ["zigbee2mqtt/3号库", "zigbee2mqtt/1号库/availability"])


def test_our_services_cannot_be_impersonated_by_their_name_or_client_id(own_broker: OwnBroker) -> None:
    """amqtt writes the name down before it asks for the password, into whatever session has the client id."""
    password = own_broker.issue("probe-1")
    _in_force(own_broker, "probe-1", password)
    listener = Client(own_broker.port, *own_broker.service(), "listener").listen("#")
    forger = Client(own_broker.port, "probe-1", password, client_id="same")
    assert Client(own_broker.port, broker_credentials.SERVICE_NAME, "guessed", client_id="same").code != 0
    forger.paho.publish("coldshed/listener/coldshed/marker", b"forged", 1)
    forger.paho.loop(0.1)
    Client(own_broker.port, "probe-1", password).say("coldshed/v1/probe-1/status")
    _hears(listener, ["coldshed/v1/probe-1/status"])


@pytest.fixture
def settings(dbs: Databases) -> Settings:
    return Settings(data_dir=dbs.data_dir)


def _issue(dbs: Databases, name: str) -> str:
    with dbs.records.write() as tx:
        return credentials.issue(tx, 1, NewCredential(name=name))


def test_the_files_hold_no_password_and_are_for_our_eyes_only(dbs: Databases, settings: Settings) -> None:
    password = _issue(dbs, "probe-1")
    assert broker.update_files(settings, dbs)
    folder = broker_credentials.own_folder(settings)
    assert folder.stat().st_mode & 0o077 == 0
    for name in (broker_credentials.PASSWORDS, broker_credentials.ACL, broker.CONFIG):
        text = (folder / name).read_text()
        assert password not in text
        assert broker_credentials.password_of(settings, broker_credentials.SERVICE_NAME) not in text
        assert (folder / name).stat().st_mode & 0o077 == 0
    logins = {login.name: login for login in broker_credentials.read(folder) or ()}
    assert set(logins) == {"probe-1", broker_credentials.SERVICE_NAME}
    assert is_password(password, logins["probe-1"].password)
    assert logins[broker_credentials.SERVICE_NAME].rights == SERVICE


def test_nothing_is_written_where_nothing_changed(dbs: Databases, settings: Settings) -> None:
    _issue(dbs, "probe-1")
    assert broker.update_files(settings, dbs)
    assert not broker.update_files(settings, dbs)
    _issue(dbs, "probe-2")
    assert broker.update_files(settings, dbs)


def test_the_shared_login_goes_on_beside_those_of_devices(dbs: Databases) -> None:
    shared = Settings(data_dir=dbs.data_dir, mqtt_password="for everybody")
    _issue(dbs, "probe-1")
    broker_credentials.write(shared, dbs)
    logins = {
        login.name: login for login in broker_credentials.read(broker_credentials.own_folder(shared)) or ()
    }
    assert logins["coldshed"].rights == SHARED
    assert "probe-1" in logins
    broker_credentials.write(
        Settings(data_dir=dbs.data_dir, mqtt_password="for everybody", mqtt_logins="each"), dbs
    )
    assert "coldshed" not in {
        login.name for login in broker_credentials.read(broker_credentials.own_folder(shared)) or ()
    }


def test_a_second_listener_or_a_bridge_closes_a_broker_that_was_open(
    dbs: Databases, settings: Settings
) -> None:
    assert broker_credentials.is_open(settings, dbs)
    (broker_credentials.own_folder(settings) / broker_credentials.MORE / "tls.conf").write_text(
        "listener 8883\n"
    )
    assert not broker_credentials.is_open(settings, dbs)


def test_a_broker_elsewhere_gets_its_files_where_it_looks_for_them(dbs: Databases, tmp_path: Path) -> None:
    place = tmp_path / "logins"
    place.mkdir()
    place.chmod(0o2750)  # its group may read
    outside = Settings(data_dir=dbs.data_dir, mqtt_url="mqtt://box:p%40ss@broker:1883", mqtt_logins_dir=place)
    _issue(dbs, "probe-1")
    assert broker.update_files(outside, dbs)
    logins = {login.name: login for login in broker_credentials.read(place) or ()}
    assert set(logins) == {"box", "probe-1"}
    assert is_password("p@ss", logins["box"].password)
    assert stat.S_IMODE((place / broker_credentials.PASSWORDS).stat().st_mode) == 0o640
    assert not (place / broker.CONFIG).exists()


class _SentSignals:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self.holder = broker.RunningBroker("mosquitto", "first")
        monkeypatch.setattr(broker, "running_broker", lambda _settings: self.holder)
        monkeypatch.setattr(broker, "reload_logins", self._tell)

    def _tell(self, _running: object) -> None:
        self.times += 1


def test_who_died_between_the_records_and_the_broker_leaves_it_to_the_follower(
    dbs: Databases, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals = _SentSignals(monkeypatch)
    follower = CredentialFollower(settings, dbs, lambda: True)
    follower.step()
    assert signals.times == 1  # at its start: whoever was before may not have come to it
    follower.step()
    assert signals.times == 1
    _issue(dbs, "probe-1")  # and nobody wrote the files
    follower.step()
    assert signals.times == 2
    assert "probe-1" in (broker_credentials.own_folder(settings) / broker_credentials.ACL).read_text()
    _issue(dbs, "probe-2")
    broker.update_files(settings, dbs)  # written, and then nobody told the broker
    follower.step()
    assert signals.times == 3
    signals.holder = broker.RunningBroker("mosquitto", "second")  # it may have read the files just before
    follower.step()
    assert signals.times == 4
    (broker_credentials.own_folder(settings) / broker_credentials.PASSWORDS).unlink()
    follower.step(anyway=True)
    assert (broker_credentials.own_folder(settings) / broker_credentials.PASSWORDS).exists()


@pytest.mark.parametrize("own_broker", ["mosquitto"], indirect=True)
def test_a_new_login_loses_nothing_of_what_waits_for_a_listener_that_is_away(own_broker: OwnBroker) -> None:
    """After a power cut, say: at a reload Mosquitto forgets what a client may read that has not come back."""
    password = own_broker.issue("probe-1")
    _in_force(own_broker, "probe-1", password)
    service = (own_broker.port, *own_broker.service(), "listener")
    Client(*service, keeps_session=True).listen("coldshed/#").leave()
    own_broker.restart()
    connected = False
    follower = CredentialFollower(own_broker.settings, own_broker.dbs, lambda: connected)
    other = _issue(own_broker.dbs, "probe-2")
    follower.step(anyway=True)
    Client(own_broker.port, "probe-1", password).say("coldshed/v1/probe-1/readings")
    back = Client(*service, keeps_session=True)
    _hears(back, ["coldshed/v1/probe-1/readings"])
    connected = True
    follower.step()
    _in_force(own_broker, "probe-2", other)


@pytest.mark.parametrize("age_ms", [0, 3_600_000], ids=["said so", "long ago"])
def test_a_command_leaves_the_reload_to_a_listener_that_is_away(
    dbs: Databases,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    age_ms: int,
) -> None:
    signals = _SentSignals(monkeypatch)
    for at, connected in ((now_ms() - age_ms - 1, True), (now_ms() - age_ms, age_ms > 0)):
        with dbs.journal.write() as tx:
            journal.append(tx, at, journal.HEARTBEAT, encode(Heartbeat(connected)))
    _issue(dbs, "probe-1")
    credentials_command._in_force(settings, dbs)
    assert signals.times == 0
    assert not (broker_credentials.own_folder(settings) / broker_credentials.ACL).exists()
    assert "一连上" in capsys.readouterr().err


def test_records_that_cannot_be_read_leave_the_logins_as_they_were(
    dbs: Databases, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _issue(dbs, "probe-1")
    broker.update_files(settings, dbs)
    before = (broker_credentials.own_folder(settings) / broker_credentials.PASSWORDS).read_text()

    def broken(_settings: Settings, *_names: str) -> Databases:
        raise StoreError("disk I/O error")

    monkeypatch.setattr(broker, "databases", broken)
    broker._update_logins(settings)
    assert (broker_credentials.own_folder(settings) / broker_credentials.PASSWORDS).read_text() == before


def test_a_process_that_took_the_number_of_our_broker_is_not_signalled(
    dbs: Databases, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.write_status(settings.data_dir, "mosquitto")
    running = broker.running_broker(settings)
    assert running is not None
    assert process_id(running.holder) == os.getpid()
    machine, pid, started = running.holder.rsplit(":", 2)
    other = f"{machine}:{pid}:{int(started) + 1}"
    status = (settings.data_dir / broker.STATUS).read_text()
    (settings.data_dir / broker.STATUS).write_text(status.replace(running.holder, other))
    assert broker.running_broker(settings) is None
