"""The listener knows whose message it is, also after a login was issued or revoked."""

from ingest.login_follower import LoginFollower
from store.database import Databases
from store.devices import credentials
from store.devices.credentials import NewCredential

NOW = 1_773_271_000_000


def test_logins_are_followed_while_the_listener_runs(dbs: Databases) -> None:
    logins = LoginFollower(dbs)
    assert logins.sender_of("zigbee2mqtt/door") == "zigbee2mqtt/#"
    with dbs.records.write() as tx:
        credentials.issue(tx, NOW, NewCredential(name="gateway-1", family="zigbee2mqtt", at="zigbee2mqtt"))
    logins.refresh()
    assert logins.sender_of("zigbee2mqtt/door") == "gateway-1"
    with dbs.records.write() as tx:
        credentials.revoke(tx, NOW + 1, "gateway-1")
    logins.refresh()
    assert logins.sender_of("zigbee2mqtt/door") == "zigbee2mqtt/#"


def test_while_they_cannot_be_read_the_last_ones_count(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        credentials.issue(tx, NOW, NewCredential(name="board-1"))
    logins = LoginFollower(dbs)
    with dbs.records.write() as tx:
        tx.exec_driver_sql("ALTER TABLE credentials RENAME TO credentials_away")
    logins.refresh()
    assert logins.sender_of("coldshed/v1/board-1/readings") == "board-1"
