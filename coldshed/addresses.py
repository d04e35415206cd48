"""Addresses and credentials with which processes of this machine reach the broker and the page."""

from dataclasses import replace
from typing import TYPE_CHECKING

from coldshed import broker_credentials
from coldshed.settings import Settings

if TYPE_CHECKING:
    from ingest.address import BrokerAddress


def broker_address(settings: Settings, *, devices: bool = False) -> "BrokerAddress":
    """The broker's address and credentials for Coldshed's services, or with `devices` for a client that
    publishes for all devices. Always has a user name, because amqtt keeps no sessions for anonymous
    clients."""
    from ingest.address import BrokerAddress

    if settings.mqtt_url is not None:
        files = (settings.mqtt_ca_file, settings.mqtt_cert_file, settings.mqtt_key_file)
        address = BrokerAddress.from_url(settings.mqtt_url, *files)
        if devices and settings.mqtt_password and settings.mqtt_logins == "shared":
            address = replace(address, username=settings.mqtt_username, password=settings.mqtt_password)
        return address
    name = broker_credentials.SIMULATOR_NAME if devices else broker_credentials.SERVICE_NAME
    password = broker_credentials.password_of(settings, name)
    return BrokerAddress(_loopback(settings.mqtt_host), settings.mqtt_port, name, password)


def known_broker_address(settings: Settings) -> "BrokerAddress":
    """Like `broker_address`, but creates no password. Raises OSError if it cannot be read."""
    from ingest.address import BrokerAddress

    if settings.mqtt_url is not None:
        return broker_address(settings)
    name = broker_credentials.SERVICE_NAME
    password = broker_credentials.existing_password_of(settings, name)
    return BrokerAddress(_loopback(settings.mqtt_host), settings.mqtt_port, name, password)


def _loopback(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def local_address(settings: Settings) -> str:
    """The page's base URL for processes of this machine."""
    host = _loopback(settings.http_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.http_port}"
