"""The settings a technician enters into a device so that it can log in, in its firmware's syntax."""

from typing import NamedTuple

from core.devices.families import FAMILY_BY_ID
from core.devices.setting_lines import BrokerServer, DeviceLogin


class IssuedCredential(NamedTuple):
    """A credential as issued. `at` is the device's own part of the topic; empty for the default."""

    name: str
    password: str
    family: str
    at: str = ""

    @property
    def place(self) -> str:
        return self.at or FAMILY_BY_ID[self.family].credential.default or self.name


def settings_text(server: BrokerServer, credential: IssuedCredential) -> str:
    login = DeviceLogin(credential.name, credential.password, credential.place)
    return FAMILY_BY_ID[credential.family].lines(server, login)
