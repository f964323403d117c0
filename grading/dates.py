"""When work was due and when it came, in one time zone that is said.

A date without a zone is meant in the course's: the one given as ZONE, or else the computer's.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

FORM = '"2026-11-30 23:59", or with a zone "2026-11-30 23:59 +01:00"'
HOURS = {
    **{"UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3},
    **{"EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
}
"""Offsets of abbreviations that mean one zone; CST, IST and BST mean several."""

TEXT = re.compile(
    r"(?:(?P<iso>\d{4}-\d{1,2}-\d{1,2})|(?P<dotted>\d{1,2}\.\d{1,2}\.\d{4}))"
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?"
    r"\s*(?P<zone>[A-Za-z]+|[+-]\d\d:?\d\d)?"
)


class DateError(ValueError):
    """A text is no date; its message says which forms are understood."""


@dataclass(frozen=True)
class Zone:
    """A time zone by its name, such as Europe/Berlin; "" is the computer's."""

    name: str = ""

    def __post_init__(self) -> None:
        """Look the zone up.

        Raises:
            DateError: there is none of that name.
        """
        try:
            self.rules()
        except (KeyError, ValueError, OSError):
            raise DateError(
                f"ZONE={self.name!r} is no time zone; give a name such as Europe/Berlin, "
                "America/Los_Angeles or UTC"
            ) from None

    def rules(self) -> tzinfo | None:
        """Return Python's zone; None stands for the computer's."""
        return ZoneInfo(self.name) if self.name else None

    def at(self, naive: datetime) -> datetime:
        """Return a time of the zone's clocks; where they are put back or forward, the later one."""
        both = (naive.replace(fold=fold, tzinfo=self.rules()).astimezone(UTC) for fold in (0, 1))
        return max(both).astimezone(self.rules())

    def offset(self, naive: datetime, abbreviation: str) -> tzinfo:
        """Return what an abbreviation means: in this zone, if it is used here, or everywhere.

        Raises:
            KeyError: nobody can tell.
        """
        for fold in (0, 1):
            there = naive.replace(fold=fold, tzinfo=self.rules()).astimezone(self.rules())
            if there.tzname() == abbreviation:
                return timezone(there.utcoffset())
        return timezone(timedelta(hours=HOURS[abbreviation.upper()]))


LOCAL = Zone()
"""The computer's."""


def read_date(text: str, zone: Zone, *, unmarked: Zone | None = None) -> datetime:
    """Return the moment that a text names, as the zone's clocks show it.

    A minute lasts until its end, a day until midnight: 23:59 is 23:59:59.

    Args:
        text: day, time and zone; time and zone may be missing.
        zone: the course's.
        unmarked: the zone of a date that names none, if it is not the course's.

    Raises:
        DateError: the text is no date, or its day does not exist.
    """
    match = TEXT.fullmatch(text.strip())
    try:
        if not match:
            raise ValueError("not in this form")
        if match["iso"]:
            year, month, day = map(int, match["iso"].split("-"))
        else:
            day, month, year = map(int, match["dotted"].split("."))
        hour, minute, second = (
            int(match[part] or last)
            for part, last in (("hour", 23), ("minute", 59), ("second", 59))
        )
        naive = datetime(year, month, day, hour, minute, second)
        if not match["zone"]:
            return (unmarked or zone).at(naive).astimezone(zone.rules())
        if match["zone"][0] in "+-":
            if not match["hour"]:
                raise ValueError("a zone, but no time")
            sign = -1 if match["zone"][0] == "-" else 1
            digits = match["zone"][1:].replace(":", "")
            if int(digits[:2]) > 14 or int(digits[2:]) > 59:
                raise ValueError("no zone is so far away")
            offset = sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            return naive.replace(tzinfo=timezone(offset)).astimezone(zone.rules())
        there = naive.replace(tzinfo=zone.offset(naive, match["zone"]))
        return there.astimezone(zone.rules())
    except KeyError:
        reason = f"the zone {match['zone']} is not known, or means several"
    except (ValueError, OverflowError) as error:
        reason = str(error)
    raise DateError(f"{text!r} is no date that can be read ({reason}); write it as {FORM}")


def shown(moment: datetime, zone: Zone) -> str:
    """Return a moment as text, with its zone."""
    name, offset = zone.name or moment.tzname(), moment.strftime("%z")
    return f"{moment:%Y-%m-%d %H:%M:%S} {name} (UTC{offset[:3]}:{offset[3:]})"
