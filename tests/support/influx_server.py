"""InfluxDB 2 in memory, as far as our questions go: what a token may not see is *not found*.

Its refusals are those of a real 2.7.12. Give `judge` to a `tests.support.gate.Gate`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from tests.support.gate import Answer

Row = tuple[str, int, int]  # field, series, time (ms)
_LINE = re.compile(r"(\w+),series=(\d+) (\S+) (\d+)")
_QUERY = re.compile(r'from\(bucket: "([^"]+)"\)\s+\|> range\(start: (\S+), stop: (\S+)\)(.*)', re.S)
_SERIES = re.compile(r"r\.series (?:== \"(\d+)\"|=~ /\^\(([\d|]+)\)\$/)")
_FIELD = re.compile(r'r\._field == "(\w+)"')
_YIELD = re.compile(r'yield\(name: "([^"]+)"\)')


class InfluxServer:
    """`may_read`, `may_write`: names of buckets; None: all. `lists_orgs`, `creates`: rights of the token."""

    def __init__(self, org: str = "farm") -> None:
        self.org = org
        self.buckets: dict[str, dict[Row, float]] = {"_monitoring": {}}
        self.may_read: set[str] | None = None
        self.may_write: set[str] | None = None
        self.lists_orgs = True
        self.creates = True
        self.requests: list[str] = []

    def judge(self, path: str, body: str) -> Answer:
        parts = urlsplit(path)
        fields = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.requests.append(parts.path)
        if fields.get("org", self.org) != self.org:
            return _error(404, f'organization name "{fields["org"]}" not found')
        if parts.path == "/api/v2/orgs":
            orgs = [{"id": "o1", "name": self.org}] if self.lists_orgs else []
            return Answer(200, json.dumps({"orgs": orgs}))
        if parts.path.startswith("/api/v2/buckets"):
            return self._create(json.loads(body)["name"]) if body else self._list(fields.get("name"))
        if parts.path == "/api/v2/write":
            return self._write(fields["bucket"], body)
        if parts.path == "/api/v2/query":
            return self._query(json.loads(body)["query"])
        if parts.path == "/api/v2/delete":
            return Answer(204)
        return Answer(404)

    def fields(self, bucket: str) -> dict[tuple[int, int], dict[str, float]]:
        """(series, time) -> its fields."""
        rows: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
        for (field, series, at), value in self.buckets[bucket].items():
            rows[series, at][field] = value
        return dict(rows)

    def _sees(self, bucket: str) -> bool:
        return bucket in self.buckets and (self.may_read is None or bucket in self.may_read)

    def _list(self, name: str | None) -> Answer:
        visible = [bucket for bucket in self.buckets if self._sees(bucket) and name in (None, bucket)]
        if name and not visible:
            return _error(404, f'bucket "{name}" not found')
        shown = [{"id": bucket, "name": bucket, "orgID": "o1", "retentionRules": []} for bucket in visible]
        return Answer(200, json.dumps({"buckets": shown}))

    def _create(self, name: str) -> Answer:
        if not self.creates:
            return _error(403, f"write:orgs/o1/buckets is unauthorized for {name}")
        if name in self.buckets:
            return _error(422, f"bucket with name {name} already exists")
        self.buckets[name] = {}
        return Answer(201, "{}")

    def _write(self, bucket: str, body: str) -> Answer:
        if bucket not in self.buckets:
            return _error(404, f'bucket "{bucket}" not found')
        if self.may_write is not None and bucket not in self.may_write:
            return _error(403, "insufficient permissions for write")
        if not body:
            return _error(400, "writing requires points")
        for line in body.splitlines():
            match = _LINE.fullmatch(line)
            assert match, line
            _, series, values, at = match.groups()
            for pair in values.split(","):
                field, value = pair.split("=")
                self.buckets[bucket][field, int(series), int(at)] = float(value)
        return Answer(204)

    def _query(self, question: str) -> Answer:
        answer = []
        for part in re.split(r"(?=from\(bucket)", question)[1:]:
            match = _QUERY.match(part)
            assert match, part
            bucket, start, stop, rest = match.groups()
            if not self._sees(bucket):
                return _error(404, f"failed to initialize execute state: could not find bucket {bucket!r}")
            rows = self._rows(bucket, _ms(start), _ms(stop), rest)
            answer.append(_csv(_YIELD.findall(rest)[-1:] or ["_result"], rows))
        return Answer(200, "\r\n".join(answer), (("Content-Type", "text/csv"),))

    def _rows(self, bucket: str, start: int, stop: int, rest: str) -> Iterator[tuple[Row, float]]:
        series = _SERIES.search(rest)
        wanted = set(map(int, (series[1] or series[2]).split("|"))) if series else None
        field = _FIELD.search(rest)
        rows = {
            row: value
            for row, value in self.buckets[bucket].items()
            if start <= row[2] < stop
            and (wanted is None or row[1] in wanted)
            and (field is None or row[0] == field[1])
        }
        assert "aggregateWindow" not in rest, "not here: ask a recorded answer"
        chosen = "first" if "first()" in rest else "last" if "last()" in rest else ""
        if chosen:
            ends: dict[tuple[str, int], Row] = {}
            for row in sorted(rows, key=lambda row: row[2], reverse=chosen == "first"):
                ends[row[:2]] = row
            rows = {row: rows[row] for row in ends.values()}
        yield from rows.items()


def _csv(name: Iterable[str], rows: Iterable[tuple[Row, float]]) -> str:
    lines = [",result,table,_time,_value,_field,series"]
    for (field, series, at), value in rows:
        when = datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        lines.append(f",{next(iter(name))},0,{when}.{at % 1000:03}Z,{value!r},{field},{series}")
    return "\r\n".join([*lines, ""]) if len(lines) > 1 else ""


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _error(status: int, message: str) -> Answer:
    return Answer(status, json.dumps({"code": "not found", "message": message}))
