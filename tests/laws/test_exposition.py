"""Prometheus' text format, as its own parser reads it."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from scope.laws import exposition
from scope.laws.exposition import Family, Sample

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True).filter(
    lambda name: not name.endswith(("_total", "_bucket", "_sum", "_count", "_created", "_info"))
)
# The format ends lines with a line feed alone; what is no character cannot be written to any file.
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
NUMBERS = st.floats() | st.integers(-(10**15), 10**15)


@given(NAMES, WORDS, st.dictionaries(WORDS, NUMBERS, max_size=4))
def test_what_is_written_is_what_is_read(name: str, meaning: str, values: dict[str, float]) -> None:
    """Labels of any words, numbers of any kind."""
    samples = tuple(Sample(value, (("label", label),)) for label, value in values.items())
    text = exposition.text([Family(f"scope_{name}", "gauge", meaning, samples)])
    found = {
        sample.labels["label"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found.keys() == values.keys()
    for label, value in values.items():
        assert found[label] == value or (math.isnan(found[label]) and math.isnan(value))


def test_a_family_without_samples_is_left_out() -> None:
    """And one with some has its help and its type above them."""
    families = [Family("a", "gauge", "None."), Family("b_total", "counter", "One \\ two\nthree.", (Sample(1),))]
    assert exposition.text(families) == "# HELP b_total One \\\\ two\\nthree.\n# TYPE b_total counter\nb_total 1\n"


def test_a_histogram_counts_all_below_each_bound() -> None:
    """The last bound is infinity, and its count is all of them."""
    made = exposition.text([exposition.histogram("t", "Times.", {math.inf: 1, 1.0: 2, 2.5: 3}, 9.5)])
    assert made.splitlines()[2:] == [
        't_bucket{le="1"} 2', 't_bucket{le="2.5"} 5', 't_bucket{le="+Inf"} 6', "t_sum 9.5", "t_count 6",
    ]  # fmt: skip
