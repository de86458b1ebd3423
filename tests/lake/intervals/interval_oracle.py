"""Oracle for intervals: which [start, end) an instant lies in. A second implementation, which shares no code.

Two families:
  fine    (minutes, hour): an interval is a run of instants that share (wall time floored to the step, UTC offset). It never spans a change
          of the clock; an hour that happens twice is two intervals, told apart by their offsets.
  coarse  (hours, day, week, month): an interval goes from one wall-clock label to the next and stretches or shrinks with the clock. The
          boundary of a label w is the first instant from which the clock never again shows less than w. Where two boundaries coincide (Apia
          has no 30 December 2011) there is no interval.
`containing` is the closed form; `brute` finds the same by walking minute by minute. All arithmetic is on instants in UTC: two datetimes that
share a ZoneInfo are compared and subtracted by their wall times.
"""

from __future__ import annotations

import json
import re
import zoneinfo
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

FINE_MINUTES = (5, 6, 10, 12, 15, 20, 30, 60)
COARSE_HOURS = (2, 3, 4, 6, 8, 12)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def parse_interval(text: str) -> tuple[str, int]:
    """Read `hour`, `day`, `week`, `month`, `15 minutes`, `6 hours`: ("minute", 15), ("hour", 6), ("day", 1) …"""
    if text in ("hour", "day", "week", "month"):
        return ("minute", 60) if text == "hour" else (text, 1)
    number, _, unit = text.partition(" ")
    if unit == "minutes" and number.isdecimal() and int(number) in FINE_MINUTES[:-1]:
        return "minute", int(number)
    if unit == "hours" and number.isdecimal() and int(number) in COARSE_HOURS:
        return "hour", int(number)
    raise ValueError(f"{text!r}: hour, day, week, month, 5|6|10|12|15|20|30 minutes, or 2|3|4|6|8|12 hours")


@cache
def zone_of(name: str) -> tzinfo:
    return UTC if name == "UTC" else zoneinfo.ZoneInfo(name)


def offset_at(t: datetime, zone: tzinfo) -> timedelta:
    offset = t.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def wall_at(t: datetime, zone: tzinfo) -> datetime:
    return t.astimezone(zone).replace(tzinfo=None, fold=0)


def transition(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The instant in (low, high] at which the offset becomes that of `high`."""
    target = offset_at(high, zone)
    while high - low > SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle in (low, high):
            break
        if offset_at(middle, zone) == target:
            high = middle
        else:
            low = middle
    return high


@cache
def boundary(w: datetime, zone: tzinfo) -> datetime:
    """The first instant from which the clock never again shows less than w: sup{t: wall(t) < w}."""
    first = w.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = w.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return first
    if first > second:  # w is in a gap: the clock jumps over it
        return transition(second - SECOND, first, zone)
    change = transition(first, second, zone)  # w is shown twice
    return first if wall_at(change, zone) == w else second


def label_floor(wall: datetime, unit: str, count: int) -> datetime:
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "hour":
        return midnight + timedelta(hours=wall.hour // count * count)
    if unit == "week":
        return midnight - timedelta(days=wall.weekday())
    return midnight.replace(day=1) if unit == "month" else midnight


def label_next(w: datetime, unit: str, count: int) -> datetime:
    if unit == "month":
        return w.replace(year=w.year + w.month // 12, month=w.month % 12 + 1)
    return w + {"hour": timedelta(hours=count), "day": DAY, "week": 7 * DAY}[unit]


def containing(t: datetime, interval: str, timezone: str) -> tuple[datetime, datetime]:
    """The interval that holds an instant, as two instants in UTC. Closed form."""
    (unit, count), zone = parse_interval(interval), zone_of(timezone)
    t = t.astimezone(UTC)
    wall = wall_at(t, zone)
    if unit == "minute":
        offset, step = offset_at(t, zone), timedelta(minutes=count)
        into = (wall - wall.replace(minute=0, second=0, microsecond=0)) % step
        start = (t - into).replace(tzinfo=UTC)
        end = start + step
        if offset_at(start, zone) != offset:
            start = transition(start, t, zone)
        if offset_at(end - SECOND, zone) != offset:
            end = transition(t, end - SECOND, zone)
        return start, end
    label = label_floor(wall, unit, count)
    while boundary(label, zone) > t:
        label = label_floor(label - SECOND, unit, count)
    while boundary(label_next(label, unit, count), zone) <= t:
        label = label_next(label, unit, count)
    return boundary(label, zone), boundary(label_next(label, unit, count), zone)


def shifted(span: tuple[datetime, datetime], offset: int, interval: str, timezone: str) -> tuple[datetime, datetime]:
    """Count intervals that exist, forwards or backwards."""
    for _ in range(abs(offset)):
        span = containing(span[1] if offset > 0 else span[0] - SECOND, interval, timezone)
    return span


def interval_of(t: datetime, interval: str, offset: int, timezone: str) -> tuple[datetime, datetime]:
    return shifted(containing(t, interval, timezone), offset, interval, timezone)


# ---- brute force: nothing but wall_at and offset_at, minute by minute -------------------------------------------------------------------
def key_at(t: datetime, unit: str, count: int, zone: tzinfo) -> Any:
    wall = wall_at(t, zone)
    if unit == "minute":
        return wall.replace(minute=wall.minute // count * count if count < 60 else 0, second=0), offset_at(t, zone)
    return label_floor(wall, unit, count)


def brute(t: datetime, interval: str, timezone: str) -> tuple[datetime, datetime]:
    """The same by walking. Coarse: the label of t is the least label shown at t or later, so that a minute that is gone back on is before."""
    (unit, count), zone = parse_interval(interval), zone_of(timezone)
    step = timedelta(minutes=1)
    reach = {
        "minute": timedelta(hours=2),
        "hour": timedelta(hours=15 + 26),
        "day": 4 * DAY,
        "week": 10 * DAY,
        "month": 34 * DAY,
    }[unit]
    if unit in ("week", "month"):
        step = timedelta(minutes=15)
    low = t.replace(second=0, microsecond=0) - timedelta(minutes=t.minute % int(step.total_seconds() // 60)) - reach
    moments = [low + n * step for n in range(int(2 * reach / step))]
    keys = [key_at(m, unit, count, zone) for m in moments]
    if unit != "minute":
        for n in range(len(keys) - 2, -1, -1):  # the least label shown from here on
            keys[n] = min(keys[n], keys[n + 1])
    here = max(n for n, m in enumerate(moments) if m <= t)
    first = last = here
    while keys[first - 1] == keys[here]:
        first -= 1
    while keys[last + 1] == keys[here]:
        last += 1
    return moments[first], moments[last + 1]


# ---- what scripts see ------------------------------------------------------------------------------------------------------------------
def seen(span: tuple[datetime, datetime], interval: str, timezone: str) -> dict[str, str]:
    """PROCESS_START, PROCESS_END, and where they fit PROCESS_DATE and PROCESS_HOUR."""
    unit, zone = parse_interval(interval)[0], zone_of(timezone)
    start, end = (t.astimezone(zone) for t in span)
    if unit in ("day", "week", "month"):
        first = date_of_boundary(span[0], timezone)
        after = date_of_boundary(span[1], timezone)
        one = {"PROCESS_DATE": first.isoformat()} if unit == "day" else {}
        return {"PROCESS_START": first.isoformat(), "PROCESS_END": after.isoformat(), **one}
    last = (span[1] - SECOND).astimezone(zone)
    return {
        "PROCESS_START": start.isoformat(timespec="seconds"),
        "PROCESS_END": end.isoformat(timespec="seconds"),
        **({"PROCESS_DATE": start.date().isoformat()} if start.date() == last.date() else {}),
        **(
            {"PROCESS_HOUR": f"{start:%H}"}
            if (start.date(), start.hour, start.utcoffset()) == (last.date(), last.hour, last.utcoffset())
            else {}
        ),
    }


def date_of_boundary(t: datetime, timezone: str) -> date:
    """The date whose first instant t is; of dates that share it (Apia), the one that exists."""
    zone = zone_of(timezone)
    day = wall_at(t, zone).date()
    for candidate in (day, day + DAY, day - DAY):
        w = datetime.combine(candidate, datetime.min.time())
        if boundary(w, zone) == t and boundary(w + DAY, zone) > t:
            return candidate
    raise ValueError(f"{t} begins no day in {timezone}")


# ---- how a command spells a run ---------------------------------------------------------------------------------------------------------
class RefusedError(ValueError):
    """What the command line refuses; the text is the reason."""


_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?")


def _day_starts(day: date, timezone: str) -> datetime:
    zone = zone_of(timezone)
    w = datetime.combine(day, datetime.min.time())
    if boundary(w, zone) == boundary(w + DAY, zone):
        raise RefusedError("no such day")
    return boundary(w, zone)


def read_period(text: str, timezone: str) -> tuple[str, datetime, datetime | None]:
    """Read `2026-03`, `2026-W09`, `2026-03-01`: kind, start, end; or a time, which has no end."""
    if match := _TIME.fullmatch(text):
        wall = datetime.fromisoformat(f"{match[1]}T{match[2]}:{match[3] or '00'}")
        if match[4]:
            return (
                "time",
                datetime.fromisoformat(f"{wall.isoformat()}{match[4].replace('Z', '+00:00')}").astimezone(UTC),
                None,
            )
        zone = zone_of(timezone)
        first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if first > second:
            raise RefusedError("no such time")
        if first < second:
            raise RefusedError("twice")
        return "time", first, None
    if match := re.fullmatch(r"(\d{4})-W(\d{2})", text):
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return "week", _day_starts(monday, timezone), _day_starts(monday + 7 * DAY, timezone)
    if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
        first_day = date(int(match[1]), int(match[2]), 1)
        after = (first_day + 31 * DAY).replace(day=1)
        return "month", _day_starts(first_day, timezone), _day_starts(after, timezone)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = date.fromisoformat(text)
        start = _day_starts(day, timezone)
        return "day", start, containing(start, "day", timezone)[1]
    raise RefusedError("not a date")


def spelled(given: dict[str, str], interval: str, timezone: str) -> dict[str, str]:
    """The execution's input for --date, --at, or --from and --to: one run about exactly that, or a refusal."""
    unit, _ = parse_interval(interval)
    whole = unit in ("day", "week", "month")
    match sorted(given):
        case ["date"]:
            kind, start, end = read_period(given["date"], timezone)
            if end is None:
                raise RefusedError("--date is not a time")
        case ["at"]:
            kind, start, end = read_period(given["at"], timezone)
            if kind != "time":
                raise RefusedError("--at is a time")
            if whole:
                raise RefusedError("--at is for intervals finer than a day")
            end = containing(start, interval, timezone)[1]
        case ["from", "to"]:
            start, end = read_period(given["from"], timezone)[1], read_period(given["to"], timezone)[1]
        case _:
            raise RefusedError("options")
    if start >= end:
        raise RefusedError("empty")
    for t in (start, end):
        if containing(t, interval, timezone)[0] != t:
            raise RefusedError("not a boundary")
    if whole:
        first, after = date_of_boundary(start, timezone), date_of_boundary(end, timezone)
        return (
            {"date": first.isoformat()}
            if containing(start, "day", timezone)[1] == end
            else {"from": first.isoformat(), "to": after.isoformat()}
        )
    zone = zone_of(timezone)
    return {
        "from": start.astimezone(zone).isoformat(timespec="seconds"),
        "to": end.astimezone(zone).isoformat(timespec="seconds"),
    }


def count(span: tuple[datetime, datetime], interval: str, timezone: str) -> int:
    """How many intervals tile a span."""
    number, t = 0, span[0]
    while t < span[1]:
        t, number = containing(t, interval, timezone)[1], number + 1
    if t != span[1]:
        raise RefusedError("not a boundary")
    return number


# ---- when a cron fires, as documented: a wall time that does not exist is skipped, one that is shown twice fires once ------------
def _field(text: str, low: int, high: int) -> set[int]:
    values: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        a = low if first in ("*", "?") else int(first)
        b = int(last) if last else (high if step or first in ("*", "?") else a)
        values |= set(range(a, b + 1, int(step or 1)))
    return values


def firings(cron: str, timezone: str, first: date, days: int) -> tuple[list[datetime], list[datetime]]:
    """Instants at which a simple cron (numbers, lists, ranges, steps) fires, and the wall times that are skipped."""
    minutes, hours, dom, months, dow, _ = cron.split()
    zone, fired, skipped = zone_of(timezone), [], []
    for n in range(days):
        day = first + n * DAY
        weekday = day.isoweekday() % 7 + 1  # 1 is Sunday
        if (
            day.month not in _field(months, 1, 12)
            or (dom != "?" and day.day not in _field(dom, 1, 31))
            or (dow != "?" and weekday not in _field(dow, 1, 7))
        ):
            continue
        for hour in sorted(_field(hours, 0, 23)):
            for minute in sorted(_field(minutes, 0, 59)):
                wall = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour, minutes=minute)
                one, two = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
                if one > two:
                    skipped.append(wall)
                else:
                    fired.append(one)
    return fired, skipped


# ---- programs --------------------------------------------------------------------------------------------------------------------------
def check(path: Path) -> int:
    document, wrong = json.loads(path.read_text()), 0
    for case in document["cases"]:
        t = datetime.fromisoformat(case["scheduled_time"])
        span = interval_of(t, case["interval"], case["offset"], case["timezone"])
        want = tuple(datetime.fromisoformat(case[name]).astimezone(UTC) for name in ("start", "end"))
        walked = brute(span[0], case["interval"], case["timezone"])
        sees = seen(span, case["interval"], case["timezone"])
        hours = (span[1] - span[0]).total_seconds() / 3600
        problems = [
            name
            for name, ok in (
                ("closed form", span == want),
                ("brute force", walked == want),
                ("sees", sees == case["sees"]),
                ("hours", abs(hours - case["hours"]) < 1e-9),
            )
            if not ok
        ]
        if problems:
            wrong += 1
            print(
                f"WRONG {case['id']}: {problems}\n  want {want}\n  span {span}\n  walk {walked}\n  sees {sees} hours {hours}"
            )
    for case in document["spellings"]:
        try:
            got: dict[str, object] = {"input": spelled(case["given"], case["interval"], case["timezone"])}
            asked = case["given"]
            edges = read_period(asked.get("date") or asked.get("at") or asked["from"], case["timezone"])
            start = edges[1]
            end = (
                read_period(asked["to"], case["timezone"])[1]
                if "to" in asked
                else edges[2] or containing(start, case["interval"], case["timezone"])[1]
            )
            got["intervals"] = count((start, end), case["interval"], case["timezone"])
        except RefusedError as error:
            got = {"refused": str(error)}
        if got != {name: case[name] for name in ("input", "intervals", "refused") if name in case}:
            wrong += 1
            print(f"WRONG spelling {case['id']}: {got}")
    for case in document["firings"]:
        fired, skipped = firings(case["cron"], case["timezone"], date.fromisoformat(case["first_day"]), case["days"])
        spans = [interval_of(t, case["interval"], case["offset"], case["timezone"]) for t in fired]
        zone = zone_of(case["timezone"])
        got = {
            "fires": len(fired),
            "skipped": [w.isoformat(timespec="minutes") for w in skipped],
            "distinct_intervals": len(set(spans)),
            "first": spans[0][0].astimezone(zone).isoformat(timespec="minutes"),
            "last": spans[-1][0].astimezone(zone).isoformat(timespec="minutes"),
        }
        if got != {name: case[name] for name in got}:
            wrong += 1
            print(f"WRONG firing {case['id']}: {got}")
    print(
        f"{len(document['cases'])} cases, {len(document['spellings'])} spellings, {len(document['firings'])} firings, {wrong} wrong"
    )
    return bool(wrong)
