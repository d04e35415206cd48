"""Derives metric, probe and unit from a value's name: `温度1`, `wendu`, `CO2(ppm)`, `T2`.

Installers type these names. A name is split into known words. If a word is unknown (`soil`, `上限`,
`set`), the name means something else and has no meaning here.
"""

import re
import unicodedata
from typing import NamedTuple

from core.metrics import METRICS


class NamedValue(NamedTuple):
    """`which` tells several probes apart ("" if the name does not); `unit` is as written in the name.
    `sure` is False for one-letter names, which also need a plausible value."""

    metric: str
    which: str
    unit: str = ""
    sure: bool = True


def split_words(text: str) -> list[str]:
    return text.split()


_METRICS = {
    "temperature": "温度 空气温度 环境温度 气温 室温 库温 棚温 库内温度 实时温度 当前温度 温 temperature "
    "temp tempe tempr tem tmp wendu wd kongqiwendu huanjingwendu qiwen kuwen airtemp roomtemp tempc cel",
    "humidity": "湿度 空气湿度 环境湿度 相对湿度 实时湿度 当前湿度 湿 humidity humi hum humid hmd rh shidu "
    "sd kongqishidu huanjingshidu xiangduishidu airhumi airhum",
    "co2": "二氧化碳 二氧化碳浓度 co2浓度 co2 eryanghuatan",
    "co": "一氧化碳 一氧化碳浓度 co浓度 yiyanghuatan",
    "light": "光照 光照度 光照强度 光强 照度 lux light illuminance illumination illumi illu luminance gz "
    "guangzhao guangzhaodu guangzhaoqiangdu",
    "pressure": "气压 大气压 大气压力 大气压强 pressure baro barometer qiya daqiya atmos",
    "door": "门 库门 门磁 门状态 开门 门开关 door",
    "power": "市电 市电状态 来电 mains shidian",
    "battery": "电量 电池 电池电量 剩余电量 battery batt bat soc dianliang dianchi",
    "voltage": "电池电压 电压 供电电压 voltage volt vbat vbatt batv batvoltage dianya",
    "signal": "信号 信号强度 rssi signal xinhao",
    "energy": "用电量 电能 总电能 有功电能 累计电量 energy kwh dianneng",
}
_WORDS = {word: metric for metric, words in _METRICS.items() for word in words.split()}
_CSQ = {"csq"}
_WHICH = {
    *split_words(
        "门边 门口 中间 最里 里面 堆里 垛里 库外 库内 室内 室外 棚内 棚外 内 外 上 中 下 左 右 前 后 东"
    ),
    *split_words("西 南 北 一 二 三 四 五 六 七 八 九 十 号 路"),
    *split_words("点 区 层 排 库 棚 冷库 库房 仓 菇棚 大棚 通道 探头 测点 传感器"),
    *split_words("进风 出风 回风 送风 顶部 底部 中部 in out"),
    *split_words("inside outside indoor outdoor in1 ch chn channel probe"),
    *split_words(
        "ext external top bottom left right front back door middle room shed node slave addr a b c d"
    ),
    *split_words(
        "ds ds18b20 sht sht20 sht30 sht31 sht40 dht dht11 dht22 am2301 am2302 pt pt100 ntc bme280 prob"
    ),
    *split_words(
        "冷藏 冷冻 保鲜 速冻 预冷 缓冲 机房 走廊 靠门 靠墙 墙边 间 室 里 外侧 内侧 上层 中层 下层 顶层"
    ),
    *split_words("底层 左侧 右侧 前端 后端 出口 入口 中央 中心 大厅 仓库 库区 组 栋 架 菌棚 养菌 出菇 发菌"),
    *split_words("cold cool store storage ku peng lengku dapeng kufang zone area point th wsd no num"),
    *split_words("group tag rack shelf upper lower inner outer center mid side wall gate n s p"),
}
_NOTHING = {
    *split_words("的 值 数值 数据 实时 当前 空气 环境 value val"),
    *split_words("data sensor now current real cur pv reading air"),
    *split_words("ambient env environment relative dushu zhi"),
}
_SWITCHED = ("status", "state", "状态", "open")
_ONLY_WITH: dict[str, tuple[str, ...]] = {
    "door": _SWITCHED,
    "power": _SWITCHED,
    "battery": ("level", "percent", "pct", "percentage"),
    "humidity": ("percent", "pct"),
    "signal": ("strength", "level", "wifi", "4g", "g"),
    "temperature": ("deg", "degree", "degrees"),
}
_UNITS = {
    "c": "C", "℃": "C", "°c": "C", "degc": "C", "celsius": "C", "摄氏度": "C", "度": "C", "f": "F", "℉": "F",
    "°f": "F", "fahrenheit": "F", "%": "%", "%rh": "%", "ppm": "ppm", "ppb": "ppb", "lx": "lx", "klx": "klx",
    "hpa": "hPa", "kpa": "kPa", "pa": "Pa", "v": "V", "mv": "mV", "dbm": "dBm", "百分比": "%",
}  # fmt: skip
_UNIT_OF = {"temperature": {"C", "F"}, "humidity": {"%"}, "co2": {"ppm", "ppb"}, "co": {"ppm", "ppb"},
            "light": {"lx", "klx"}, "pressure": {"hPa", "kPa", "Pa"}, "battery": {"%"},
            "voltage": {"V", "mV"}, "signal": {"dBm"}, "energy": set[str]()}  # fmt: skip
_KNOWN = {*_WORDS, *_WHICH, *_NOTHING, *_UNITS, *_SWITCHED}
_ONE_LETTER = {"t": "temperature", "h": "humidity"}
_BRACKETS = re.compile(r"[(\[（【]([^)\]）】]*)[)\]）】]")
_CUT = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[\u4e00-\u9fff]+|℃|℉|%")
_SPACES = re.compile(r"[\s_\-./:#·]+")
_LONGEST = 8
_REMEMBER = 4096


class _NameTable(dict[str, NamedValue | None]):
    """A bounded cache, because names come from outside."""

    def __missing__(self, key: str) -> NamedValue | None:
        if len(self) >= _REMEMBER:
            self.clear()
        value = self[key] = _find(key)
        return value


def _find(key: str) -> NamedValue | None:
    if not key or len(key) > 64:
        return None
    text = unicodedata.normalize("NFKC", key.replace("℃", "@C@").replace("℉", "@F@"))
    text = text.replace("@C@", "℃").replace("@F@", "℉").strip()
    unit = ""
    for inside in _BRACKETS.findall(text):
        known_unit = _UNITS.get(inside.strip().lower())
        if known_unit is None:
            return None
        unit = known_unit
    pieces = _pieces(_BRACKETS.sub("", text))
    return _meaning(pieces, unit) if pieces else None


def _pieces(text: str) -> list[str] | None:
    """The known words of a name; None if one is unknown. `CO2` and names like `DS18B20` contain digits."""
    words: list[str] = []
    for part in filter(None, _SPACES.split(text)):
        whole = part.lower()
        if whole in _WORDS or whole in _WHICH or whole in _CSQ:
            words.append(part)
            continue
        cut = _cut(part)
        if cut is None:
            return None
        words += cut
    return words


def _cut(part: str) -> list[str] | None:
    numbered = re.fullmatch(r"(?i)(co2|ds18b20|pt100)[ _]*(\d*)", part)
    if numbered:
        return [piece for piece in numbered.groups() if piece]
    words: list[str] = []
    rest = part
    while rest:
        if re.match(r"(?i)co2", rest):
            words.append(rest[:3])
            rest = rest[3:]
            continue
        match = _CUT.match(rest)
        if match is None:
            return None
        word = match.group()
        if "\u4e00" <= word[0] <= "\u9fff":
            pieces = _chinese(word)
            if pieces is None:
                return None
            words += pieces
        else:
            words.append(word)
        rest = rest[match.end() :]
    return words


def _chinese(text: str) -> list[str] | None:
    """Splits into known words, the longest first, with backtracking; None if that fails."""
    if not text:
        return []
    for size in range(min(_LONGEST, len(text)), 0, -1):
        word = text[:size]
        if word in _KNOWN:
            rest = _chinese(text[size:])
            if rest is not None:
                return [word, *rest]
    return None


def _meaning(pieces: list[str], unit: str) -> NamedValue | None:
    low = [piece.lower() for piece in pieces]
    at = next((i for i, word in enumerate(low) if word in _WORDS or word in _CSQ), None)
    if at is None:
        return _one_letter(pieces, low, unit)
    if low[at] in _CSQ:
        return NamedValue("signal", "", "csq") if len(low) == 1 else None
    metric = _WORDS[low[at]]
    which: list[str] = []
    for i, word in enumerate(low):
        if i == at or word in _NOTHING or word in _ONLY_WITH.get(metric, ()):
            continue
        if i > at and _UNITS.get(word) in _UNIT_OF.get(metric, {METRICS[metric].unit}):
            unit = unit or _UNITS[word]
        elif word in ("voltage", "volt", "电压", "v", "mv") and metric in ("battery", "voltage"):
            metric = "voltage"
            unit = "mV" if word == "mv" else unit
        elif word in ("battery", "batt", "bat", "电池") and metric == "voltage":
            continue
        elif word.isdigit() or word in _WHICH:
            which.append(pieces[i])
        else:
            return None
    return NamedValue(metric, _joined(which), unit)


def _one_letter(pieces: list[str], low: list[str], unit: str) -> NamedValue | None:
    """`T`, `H1`: accepted only with a plausible value."""
    if low and low[0] in _ONE_LETTER and all(word.isdigit() for word in low[1:]) and len(low) <= 2:
        return NamedValue(_ONE_LETTER[low[0]], "".join(pieces[1:]), unit, sure=False)
    return None


def _joined(words: list[str]) -> str:
    text = ""
    for word in words:
        latin = text and text[-1].isascii() and word[0].isascii() and not word.isdigit()
        text += f"_{word}" if latin or (text[-1:].isdigit() and word.isdigit()) else word
    return text


MEANINGS = _NameTable()
"""Name -> its meaning; None if unknown."""

BELIEVABLE = {"temperature": (-60.0, 100.0), "humidity": (0.0, 100.0)}


def believed(meaning: NamedValue, value: float) -> bool:
    """Whether a one-letter name has a plausible value: `t` is often a time."""
    low, high = BELIEVABLE.get(meaning.metric, (0.0, 0.0))
    return meaning.sure or low <= value <= high
