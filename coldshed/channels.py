"""Opens the configured SMS channel."""

from alerts.channels.contract import Channel, Installation
from alerts.channels.registry import open_channel
from coldshed.addresses import local_address
from coldshed.secret_files import secret_file
from coldshed.settings import Settings


def chosen_channel(settings: Settings, *, creates: bool = True) -> Channel:
    """Opens `COLDSHED_SMS_CHANNEL`. Makes no network request yet. Without `creates` a secret that does not
    exist yet is empty."""

    def secret(name: str) -> str:
        file = settings.data_dir / name
        return secret_file(file) if creates or file.exists() else ""

    installation = Installation(settings.data_dir, local_address(settings), secret)
    return open_channel(settings.sms_channel, settings.channel_settings, installation)
