"""Where and as whom the processes of this machine reach the broker and the page."""

from dataclasses import replace
from typing import TYPE_CHECKING

from coldshed import broker_credentials
from coldshed.settings import Settings

if TYPE_CHECKING:
    from ingest.address import BrokerAddress


def broker_address(settings: Settings, *, devices: bool = False) -> "BrokerAddress":
    """Where and as whom our services reach the broker; `devices`: as somebody who speaks for all of them.
    Always as a named user: amqtt keeps nothing for nameless ones."""
    from ingest.address import BrokerAddress

    if settings.mqtt_url is not None:
        files = (settings.mqtt_ca_file, settings.mqtt_cert_file, settings.mqtt_key_file)
        address = BrokerAddress.from_url(settings.mqtt_url, *files)
        if devices and settings.mqtt_password and settings.mqtt_logins == "shared":
            address = replace(address, username=settings.mqtt_username, password=settings.mqtt_password)
        return address
    name = broker_credentials.SIMULATOR_NAME if devices else broker_credentials.SERVICE_NAME
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.mqtt_host, settings.mqtt_host)
    return BrokerAddress(host, settings.mqtt_port, name, broker_credentials.password_of(settings, name))


def local_address(settings: Settings) -> str:
    """The page as processes of this machine reach it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.http_host, settings.http_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.http_port}"
