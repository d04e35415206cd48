"""Names made of the fields around a value (`{node}/{group}`), and positions of probes in undescribed
bodies."""

from collections.abc import Mapping

from core.decoding import value_paths
from core.decoding.rules import places
from core.decoding.value_names import MEANINGS, NamedValue, split_words
from core.decoding.value_paths import Path, PathMatch
from ingest.decoders.bodies import clean_name
from ingest.rules.values import VALUE_KEYS

_WRAPPERS = {
    *split_words("data params values value payload body content"),
    *split_words("result reported state properties sensors sensor list"),
    *split_words(
        "items points dp datas sensordata sensor_data 数据 参数 msg message report telemetry d info"
    ),
    *split_words("attributes measurements readings object services property"),
    *split_words("devices device history records desired content"),
}
_ELEMENT_KEYS = ("id", "addr", "address", "nodeId", "node", "slave", "slaveId", "channel", "ch", "chn", "no",
            "num", "index", "sensorId", "sensor", "position", "pos", "name", "编号", "通道", "位置", "名称",
            "序号", "地址", "通道号", "测点")  # fmt: skip
_SETTINGS = {
    *split_words("limit limits config cfg setting settings alarm"),
    *split_words("alarms threshold thresholds set target rule rules"),
    *split_words("设置 配置 报警 告警 阈值 上限 下限 校准 calibration calib offset version ver max min"),
}
"""Values below these keys are settings, not measurements."""
_METADATA = {
    *split_words("seq no id msgid msg_id messageid mid type code"),
    *split_words("cmd ver version rev interval period len length count cnt"),
    *split_words("time ts timestamp datetime date t imei iccid"),
    *split_words("imsi sn mac deviceid device_id dev devid deviceaddr addr"),
    *split_words("address node slave channel ch qos retain status state"),
    *split_words("online alarm err error errno result lat lng lon"),
    *split_words("latitude longitude port index total flag csq rssi fw"),
    *split_words("hw model 时间 编号 序号 版本 设备 状态 类型 地址"),
}


class PlaceholderText:
    """A path, or text with `{placeholders}`. `words`: the text is never a path."""

    def __init__(self, text: str, *, words: bool = False) -> None:
        self._path: Path | None = None if words or "{" in text else value_paths.parse(text)
        self._parts: list[tuple[str, Path | None]] = []
        if self._path is None:
            rest = text
            for place in places(text):
                before, _, rest = rest.partition(f"{{{place}}}")
                self._parts += [(before, None), (place, value_paths.parse(place))]
            self._parts.append((rest, None))

    def fill(
        self, inside: tuple[object, ...], texts: dict[str, str], *, allow_missing: bool = False
    ) -> str | None:
        """The text with its placeholders filled. None if one is missing; with `allow_missing`, the text
        without it and without separators at its ends."""
        if self._path is not None:
            return _scalar(value_paths.nearest(self._path, inside))
        text = ""
        for part, path in self._parts:
            if path is None:
                text += part
                continue
            filling = texts[part] if part in texts else _scalar(value_paths.nearest(path, inside))
            if not filling and not allow_missing:
                return None
            text += filling or ""
        return text.strip("/-_ ") if allow_missing else text


def _scalar(raw: object) -> str | None:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return None
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1 << 53:
        raw = int(raw)
    return clean_name(raw if isinstance(raw, str | int) else str(raw))


def is_metadata(match: PathMatch) -> bool:
    """Whether the value is an id, a time, a status or a setting, not a measurement."""
    if any(isinstance(step, str) and step.lower() in _SETTINGS for step in match.steps):
        return True
    return match.key.lower() in _METADATA and MEANINGS[match.key] is None


def position_path(match: PathMatch, meaning: NamedValue | None, device: str) -> str:
    """The position of a value: the keys on its path, a list element by its own name, and the value's own
    key if that tells probes apart."""
    parts: list[str] = []
    for step, holder, before in zip(match.steps[:-1], match.inside[1:], match.inside, strict=False):
        if isinstance(before, list) and isinstance(holder, Mapping):
            own = _element_name(holder)
            if own and own != device:
                parts.append(own)
        elif (
            isinstance(step, str)
            and step.lower() not in _WRAPPERS
            and MEANINGS[step] is None
            and step != device
        ):
            parts.append(step)
    if meaning is not None and meaning.which:
        parts.append(_own_name(match))
    return "/".join(parts)


def _element_name(holder: Mapping[str, object]) -> str:
    for key in _ELEMENT_KEYS:
        raw = holder.get(key)
        text = _scalar(raw)
        if text and len(text) <= 32 and not (isinstance(raw, str) and MEANINGS[raw] is not None):
            return text
    return ""


def _own_name(match: PathMatch) -> str:
    if match.key.lower() in VALUE_KEYS:
        holder = match.inside[-1]
        if isinstance(holder, Mapping):
            for label in holder.values():
                if isinstance(label, str) and MEANINGS[label] is not None:
                    return label
        return next((step for step in reversed(match.steps[:-1]) if isinstance(step, str)), "")
    return match.key
