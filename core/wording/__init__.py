"""Wording of numbers, weights, times and metrics, shared by SMS, pages, refusals and printed
papers.

Functions return a `Phrase`: Chinese text that is translated when it is shown. Weights and
durations have two styles:

`COMPACT` is for a short look: an SMS, a room's tile, a total. It rounds. `FULL` is for
explaining pages, books, refusals and papers. Weights are exact, so that they add up.

| | compact | full |
| --- | --- | --- |
| 640,250 g | 1280斤 | 1,280.5斤 |
| 1,250,000 g | 1.2吨 | 2,500斤 |
| 90 min | 90分钟 | 1小时30分 |
| 25 h | 25小时 | 1天1小时 |
| 50 h | 50小时 | 2天2小时 |
| 200 h | 200小时 | 8天 (from a week on whole days) |
| −0.04 °C | 0.0度 | 0.0度 |
| humidity 91 % | 湿91 (a tile; an SMS has room for 湿度91) | 湿度91 |
"""

from core.wording.style import COMPACT, FULL, Style

__all__ = ["COMPACT", "FULL", "Style"]
