"""What the demonstration works on: a small library with tests, some programs, and one real bug."""

from __future__ import annotations

from typing import Final

LEDGER: Final = "out/ledger.txt"
BRANCH: Final = "fix-split"

_README: Final = """\
# tally

Shares costs out among friends. Made by `scope demo`: remove it whenever you like.
"""

_MONEY: Final = '''\
"""Amounts, in cents."""


def split(total, people):
    """Share an amount out: one share per person."""
    return [total // people] * people


def show(cents):
    """Write an amount as people read it."""
    return f"{cents // 100}.{cents % 100:02d}"
'''

_FIXED: Final = """\
    share, left = divmod(total, people)
    return [share + 1] * left + [share] * (people - left)
"""

_ROMAN: Final = '''\
"""Numbers as the Romans wrote them, for the headings."""

SIGNS = {"M": 1000, "CM": 900, "D": 500, "CD": 400, "C": 100, "XC": 90, "L": 50, "XL": 40}
SIGNS |= {"X": 10, "IX": 9, "V": 5, "IV": 4, "I": 1}


def write(number):
    """Write a number from 1 to 3999."""
    text = ""
    for sign, value in SIGNS.items():
        count, number = divmod(number, value)
        text += sign * count
    return text


def read(text):
    """Read what `write` wrote."""
    number = 0
    for sign, value in SIGNS.items():
        while text.startswith(sign):
            number, text = number + value, text[len(sign) :]
    return number
'''

_DATES: Final = '''\
"""Which day follows which."""


def is_leap(year):
    """Tell whether February has 29 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def following(year, month, day):
    """Return the day after."""
    longest = 28 + is_leap(year) if month == 2 else 31 - (month in (4, 6, 9, 11))
    if day < longest:
        return year, month, day + 1
    return (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)
'''

_TEST_MONEY: Final = """\
import unittest

from tally import money


class Splitting(unittest.TestCase):
    def test_shares_add_up(self):
        # Of even amounts; nobody has thought of the others.
        for people in range(1, 400):
            for share in range(5000):
                self.assertEqual(sum(money.split(share * people, people)), share * people)
"""

_TEST_ROMAN: Final = """\
import unittest

from tally import roman


class Numbers(unittest.TestCase):
    def test_what_was_written_is_read_back(self):
        for _ in range(100):
            for number in range(1, 4000):
                self.assertEqual(roman.read(roman.write(number)), number)
"""

_TEST_DATES: Final = """\
import datetime
import unittest

from tally import dates


class Days(unittest.TestCase):
    def test_two_thousand_years_day_by_day(self):
        day = datetime.date(1600, 1, 1)
        while day.year < 3600:
            after = day + datetime.timedelta(days=1)
            self.assertEqual(dates.following(day.year, day.month, day.day), (after.year, after.month, after.day))
            day = after
"""

_INVOICES: Final = '''\
"""Write out/invoices.csv: what each bill is, and each share of it."""

import pathlib

from tally import money

BILLS = {"cinema": (4500, 3), "dinner": (10000, 3), "train": (8400, 4)}

pathlib.Path("out").mkdir(exist_ok=True)
with open("out/invoices.csv", "w") as out:
    for bill, (total, people) in BILLS.items():
        print(bill, total, *money.split(total, people), sep=",", file=out)
        print(f"{bill}: {money.show(total)} among {people}")
'''

_VERIFY: Final = '''\
"""Check out/invoices.csv: the shares of every bill must add up to it."""

import sys

from tally import money

wrong = 0
with open("out/invoices.csv") as bills:
    for bill, *numbers in (line.strip().split(",") for line in bills):
        total, *shares = map(int, numbers)
        if sum(shares) != total:
            wrong += 1
            print(f"{bill}: the shares of {money.show(total)} add up to {money.show(sum(shares))}")
sys.exit(1 if wrong else 0)
'''

_REPLAY: Final = f'''\
"""Replay a feed of payments into {LEDGER}, going on where an earlier run stopped."""

import pathlib
import time

PAYMENTS = 40
LEDGER = pathlib.Path("{LEDGER}")

LEDGER.parent.mkdir(exist_ok=True)
there = len(LEDGER.read_text().splitlines()) if LEDGER.exists() else 0
print(f"{{there}} payments are in the ledger already", flush=True)
with LEDGER.open("a") as ledger:
    for number in range(there + 1, PAYMENTS + 1):
        time.sleep(0.2)  # the feed sends five in a second
        print(f"payment {{number}}", file=ledger, flush=True)
        print(f"payment {{number}} of {{PAYMENTS}}", flush=True)
'''

_TESTS: Final = """\
# One session for each file of tests, all at once: children of the session that runs this.
scope() { "$PYTHON" -m scope "$@"; } # this scope, also where another is on the path
children=
for file in tests/test_*.py; do
	name=${file#tests/test_}
	name=${name%.py}
	child=$(scope spawn --name "$name" -- "$PYTHON" -m unittest -v "tests.test_$name") || exit 1
	echo "session $child tests $name"
	children="$children $child"
done
scope wait $children
"""

COMMITS: Final = (
    ("tally: money, roman numbers and dates", {
        "README.md": _README, ".gitignore": "__pycache__/\nout/\n", "tally/__init__.py": "",
        "tally/money.py": _MONEY, "tally/roman.py": _ROMAN, "tally/dates.py": _DATES,
    }),
    ("tests: for each module, in sessions of their own", {
        "tests/__init__.py": "", "tests/test_money.py": _TEST_MONEY, "tests/test_roman.py": _TEST_ROMAN,
        "tests/test_dates.py": _TEST_DATES, "tests/each.sh": _TESTS,
    }),
    ("invoices, and the replay of a feed", {"invoices.py": _INVOICES, "verify.py": _VERIFY, "replay.py": _REPLAY}),
)  # fmt: skip
FIX: Final = (
    "money: a split loses no cent",
    {"tally/money.py": _MONEY.replace("    return [total // people] * people\n", _FIXED)},
)
