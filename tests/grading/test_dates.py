"""Dates: one zone, said; daylight saving; whatever form people and platforms write."""

import pytest

from grading.dates import DateError, Zone, read_date, shown

BERLIN, LA = Zone("Europe/Berlin"), Zone("America/Los_Angeles")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-30 23:59", "2026-11-30 22:59:59"),
        ("2026-11-30 23:59:10.123456", "2026-11-30 22:59:10"),
        ("2026-11-30 23:59+01:00", "2026-11-30 22:59:59"),
        ("2026-11-30T23:59:00-08:00", "2026-12-01 07:59:00"),
        ("2026-11-30T23:59:00Z", "2026-11-30 23:59:00"),
        ("2026-11-30 23:59 UTC", "2026-11-30 23:59:59"),
        ("30.11.2026 23:59", "2026-11-30 22:59:59"),
        ("30.11.2026, 23:59", "2026-11-30 22:59:59"),
        ("2026-11-30", "2026-11-30 22:59:59"),
        ("2026-07-30 23:59", "2026-07-30 21:59:59"),
        ("2026-11-30 10:00:00 CET", "2026-11-30 09:00:00"),
        ("2026-07-30 10:00:00 CEST", "2026-07-30 08:00:00"),
        ("2026-11-30 10:00:00 PST", "2026-11-30 18:00:00"),
        ("2026-10-25 02:30", "2026-10-25 01:30:59"),  # comes twice: the second one
        ("2026-03-29 02:30", "2026-03-29 01:30:59"),  # never comes: an hour later
    ],
)
def test_a_moment_in_berlin(text, utc):
    moment = read_date(text, BERLIN)
    assert moment.astimezone(Zone("UTC").rules()).strftime("%Y-%m-%d %H:%M:%S") == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "11/30/2026 23:59",
        "2026-02-30",
        "2026-11-30 25:00",
        "2026-11-30-23:59",
        "30.11.2026-18:00",
        "2026-11-30 23:59-15:00",
        "2026-11-30 23:59-08:75",
        "0001-01-01 00:00",
        "2026-11-30 9:00 IST",
    ],
)
def test_what_is_no_date_is_said_with_the_form(text):
    with pytest.raises(DateError, match=r'write it as "2026-11-30 23:59"'):
        read_date(text, BERLIN)


def test_an_abbreviation_of_the_course_means_the_course():
    chicago, shanghai = Zone("America/Chicago"), Zone("Asia/Shanghai")
    there, here = (read_date("2026-11-30 12:00:00 CST", zone) for zone in (chicago, shanghai))
    assert (there - here).total_seconds() == 14 * 3600


@pytest.mark.parametrize(
    ("zone", "stamp", "late"),
    [
        (LA, "2026-12-01 07:59:30.5 UTC", False),  # 23:59:30 there
        (LA, "2026-12-01 08:00:00 UTC", True),
        (BERLIN, "2026-11-30 22:59:59 UTC", False),
        (BERLIN, "2026-11-30 23:30:00 UTC", True),  # 00:30 of the next day
    ],
)
def test_work_is_late_by_one_clock(zone, stamp, late):
    due = read_date("2026-11-30 23:59", zone)
    assert (read_date(stamp, zone, unmarked=Zone("UTC")) > due) == late


def test_the_computers_zone_and_its_daylight_saving(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        hours = [read_date(f"2026-{month}-01 12:00", Zone()).utcoffset() for month in ("01", "07")]
        assert [offset.total_seconds() / 3600 for offset in hours] == [-5, -4]
        assert "(UTC-05:00)" in shown(read_date("2026-01-01", Zone()), Zone())
    finally:
        monkeypatch.undo()
        time.tzset()


def test_an_unknown_zone_is_an_error():
    with pytest.raises(DateError, match="give a name such as Europe/Berlin"):
        Zone("Berlin")
