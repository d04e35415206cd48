"""Opens a channel and finds its settings, by the registry's entry."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import msgspec

from alerts.channels import CHANNELS
from alerts.channels.contract import Channel, Installation


def settings_class(name: str) -> type[msgspec.Struct]:
    """The channel's `ChannelSettings` in `settings.py`. Imports only that file, because every service
    reads the settings of all channels."""
    folder = CHANNELS[name].partition(":")[0].rpartition(".")[0]
    settings: type[msgspec.Struct] = import_module(f"{folder}.settings").ChannelSettings
    return settings


def open_channel(name: str, values: Mapping[str, Any], installation: Installation) -> Channel:
    """Opens the channel `name` with its own settings out of `values`; missing ones take their defaults."""
    module, _, function = CHANNELS[name].partition(":")
    cls = settings_class(name)
    own = {field.name: values[field.name] for field in msgspec.structs.fields(cls) if field.name in values}
    channel: Channel = getattr(import_module(module), function)(cls(**own), installation)
    return channel
