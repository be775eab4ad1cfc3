"""What the demonstration works on: six small repositories, of three layouts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

IGNORED: Final = "__pycache__/\ntests.log\n"


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository: its name, what it does, and what is committed to it."""

    name: str
    about: str
    files: dict[str, str]


_MONEY: Final = '''\
"""Amounts, in cents."""


def split(total, people):
    """Share an amount out, and lose no cent."""
    share, left = divmod(total, people)
    return [share + 1] * left + [share] * (people - left)
'''

_TEST_MONEY: Final = """\
import unittest

from ledger import money


class Splitting(unittest.TestCase):
    def test_shares_add_up(self):
        for people in range(1, 60):
            self.assertEqual(sum(money.split(10000, people)), 10000)

    def test_nobody_pays_two_cents_more(self):
        self.assertEqual(money.split(100, 3), [34, 33, 33])
"""

_DATES: Final = '''\
"""Which day follows which."""


def is_leap(year):
    """Tell whether February has 29 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def length(year, month):
    """Return how many days a month has."""
    return 28 + is_leap(year) if month == 2 else 31 - (month in (4, 6, 9, 11))
'''

_TEST_DATES: Final = """\
import calendar
import unittest

from almanac.dates import length


class Months(unittest.TestCase):
    def test_four_hundred_years_of_months(self):
        for year in range(1800, 2200):
            for month in range(1, 13):
                self.assertEqual(length(year, month), calendar.monthrange(year, month)[1])
"""

_NUMERALS: Final = '''\
"""Numbers as the Romans wrote them."""

SIGNS = {"M": 1000, "CM": 900, "D": 500, "CD": 400, "C": 100, "XC": 90, "L": 50, "XL": 40}
SIGNS |= {"X": 10, "IX": 9, "V": 5, "IV": 4, "I": 1}


def roman(number):
    """Write a number from 1 to 3999."""
    text = ""
    for sign, value in SIGNS.items():
        count, number = divmod(number, value)
        text += sign * count
    return text
'''

_HERALD: Final = '''\
"""How kings are announced."""

from numerals import roman


def announce(name, number):
    """Say a king's whole name."""
    return f"{name} {roman(number)}"
'''

_TEST_HERALD: Final = """\
import unittest

from herald import announce


class Kings(unittest.TestCase):
    def test_they_are_numbered_as_the_romans_did(self):
        self.assertEqual(announce("Louis", 14), "Louis XIV")

    def test_the_first_has_his_number_too(self):
        self.assertEqual(announce("Juan Carlos", 1), "Juan Carlos I")
"""

_FACE: Final = '''\
"""The face of a sundial."""

from numerals import roman

HOURS = [roman(hour) for hour in range(6, 19)]
'''

_TEST_FACE: Final = """\
import unittest

from sundial import face


class Hours(unittest.TestCase):
    def test_noon_is_in_the_middle(self):
        self.assertEqual(face.HOURS[len(face.HOURS) // 2], "XII")

    def test_no_hour_is_there_twice(self):
        self.assertEqual(len(set(face.HOURS)), 13)
"""

_CHOSEN: Final = '''\
"""The settings that this runs with: those that SETTINGS names, in config."""

import json
import os
import pathlib

NAME = os.environ.get("SETTINGS", "")
PLACE = pathlib.Path(__file__).parents[{depth}] / "config"

if not (PLACE / f"{{NAME}}.json").is_file():
    raise RuntimeError(f"no settings in config are named '{{NAME}}'")
VALUES = json.loads((PLACE / f"{{NAME}}.json").read_text())
'''

_TARIFF: Final = '''\
"""What a parcel costs, in cents."""

from settings import VALUES


def price(grams):
    """Return the price of a parcel."""
    return VALUES["base"] + VALUES["per_kilogram"] * -(-grams // 1000)
'''

_TEST_TARIFF: Final = """\
import unittest

from tariff import price


class Prices(unittest.TestCase):
    def test_a_kilogram_that_was_begun_is_paid(self):
        self.assertEqual(price(1001), 700)

    def test_a_letter_pays_for_one(self):
        self.assertEqual(price(20), 500)
"""

_ROUTE: Final = '''\
"""How long a voyage takes, in hours."""

from voyage.settings import VALUES


def hours(miles):
    """Return the time at sea and in the harbours."""
    return miles / VALUES["knots"] + 2 * VALUES["harbour"]
'''

_TEST_ROUTE: Final = """\
import unittest

from voyage.route import hours


class Voyages(unittest.TestCase):
    def test_the_harbours_take_their_time(self):
        self.assertEqual(hours(0), 6)

    def test_the_sea_takes_the_rest(self):
        self.assertEqual(hours(240), 26)
"""


def _settings(**of_each: str) -> dict[str, str]:
    return {f"config/{name}.json": f"{{{values}}}\n" for name, values in of_each.items()}


REPOSITORIES: Final = (
    Repository("ledger", "shares costs out among friends", {
        "src/ledger/__init__.py": "", "src/ledger/money.py": _MONEY, "src/ledger/tests/__init__.py": "",
        "src/ledger/tests/test_money.py": _TEST_MONEY,
    }),
    Repository("almanac", "knows which day follows which", {
        "src/almanac/__init__.py": "", "src/almanac/dates.py": _DATES, "src/almanac/test_dates.py": _TEST_DATES,
    }),
    Repository("herald", "announces kings", {
        "herald.py": _HERALD, "tests/test_herald.py": _TEST_HERALD, "vendor/numerals/numerals.py": _NUMERALS,
    }),
    Repository("sundial", "draws the face of a sundial", {
        "sundial/__init__.py": "", "sundial/face.py": _FACE, "tests/test_face.py": _TEST_FACE,
        "vendor/numerals/numerals/__init__.py": _NUMERALS,
    }),
    Repository("tariff", "tells what a parcel costs", {
        "tariff.py": _TARIFF, "settings.py": _CHOSEN.format(depth=0), "tests/test_tariff.py": _TEST_TARIFF,
        **_settings(
            live='"base": 349, "per_kilogram": 225', trial='"base": 300, "per_kilogram": 200',
            archive='"base": 300, "per_kilogram": 150',
        ),
    }),
    Repository("voyage", "tells how long a voyage takes", {
        "voyage/__init__.py": "", "voyage/route.py": _ROUTE, "voyage/settings.py": _CHOSEN.format(depth=1),
        "tests/test_route.py": _TEST_ROUTE,
        **_settings(
            live='"knots": 17, "harbour": 5', trial='"knots": 12, "harbour": 3', archive='"knots": 8, "harbour": 3'
        ),
    }),
)  # fmt: skip
