"""Prometheus' text format 0.0.4: families of samples, each with its help, its type and escaped labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind: TypeAlias = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One number: what stands behind the family's name (`_sum`, say), its labels, its value."""

    value: float
    labels: tuple[tuple[str, str], ...] = ()
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """What is measured under one name."""

    name: str
    kind: Kind
    meaning: str
    samples: tuple[Sample, ...] = ()


def text(families: Iterable[Family]) -> str:
    """Return the families as a scraper reads them; one without samples is left out."""
    return "".join(_family(family) for family in families if family.samples)


def histogram(name: str, meaning: str, counts: Mapping[float, int], total: float) -> Family:
    """Return a histogram: how many values did not exceed each bound (the last: infinity), and their sum."""
    found, below = [], 0
    for bound, count in sorted(counts.items()):
        below += count
        found.append(Sample(below, (("le", number(bound)),), "_bucket"))
    return Family(name, "histogram", meaning, (*found, Sample(total, (), "_sum"), Sample(below, (), "_count")))


def _family(family: Family) -> str:
    lines = [f"# HELP {family.name} {_escaped(family.meaning)}", f"# TYPE {family.name} {family.kind}"]
    for sample in family.samples:
        labels = ",".join(f'{name}="{_escaped(value, quotes=True)}"' for name, value in sample.labels)
        lines.append(f"{family.name}{sample.suffix}{f'{{{labels}}}' if labels else ''} {number(sample.value)}")
    return "".join(f"{line}\n" for line in lines)


def _escaped(words: str, *, quotes: bool = False) -> str:
    words = words.replace("\\", "\\\\").replace("\n", "\\n")
    return words.replace('"', '\\"') if quotes else words


def number(value: float) -> str:
    """Say a number as the format does."""
    if math.isinf(value) or math.isnan(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < _WHOLE else repr(float(value))


_WHOLE = 1e15
