"""What the tiny channel wants to know."""

from typing import Annotated

import msgspec

from core.setting_help import SettingHelp


class ChannelSettings(msgspec.Struct, frozen=True, kw_only=True):
    tiny_key: Annotated[str, SettingHelp("小网关的口令", "一个口令", secret=True)]
    tiny_retries: Annotated[
        Annotated[int, msgspec.Meta(ge=0, le=9)], SettingHelp("小网关试几次", "0到9的数")
    ] = 3
