"""What a technician types into a device so that it logs in: lines to copy, in its own firmware's words."""

from typing import NamedTuple

from core.devices.families import FAMILY_BY_ID
from core.devices.setting_lines import BrokerServer, DeviceLogin


class IssuedCredential(NamedTuple):
    """A login as it was given out; `at` is the device's own part of the topic, where one was given."""

    name: str
    password: str
    family: str
    at: str = ""

    @property
    def place(self) -> str:
        return self.at or FAMILY_BY_ID[self.family].credential.default or self.name


def settings_text(server: BrokerServer, credential: IssuedCredential) -> str:
    """The whole settings to copy."""
    login = DeviceLogin(credential.name, credential.password, credential.place)
    return FAMILY_BY_ID[credential.family].lines(server, login)
