"""What not to do: remembered by failure, told to whoever advises next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scope.skills.in_vain import Vain, of, remember

if TYPE_CHECKING:
    from pathlib import Path

VAIN = Vain(
    "1/2", "2026-01-02T03:04:05Z", "1-0a", "run-tests", "rules", "Try again.", (("path", "src"),), "error: x", "1", 2
)


def write(root: Path, *vains: Vain) -> None:
    """Remember them with ids in their order."""
    for number, vain in enumerate(vains):
        remember(str(root), replace(vain, id=f"{number}/1"))


def test_what_is_remembered_is_told(tmp_path: Path) -> None:
    """All of it; where nothing is remembered there is nothing."""
    assert of(str(tmp_path), "1-0a", "run-tests") == ()
    remember(str(tmp_path), VAIN)
    assert of(str(tmp_path), "1-0a", "") == (VAIN,)
    assert of(str(tmp_path), "", "run-tests") == (VAIN,)
    assert of(str(tmp_path), "1-ff", "build") == ()


def test_the_same_failure_comes_first_and_then_the_newest(tmp_path: Path) -> None:
    """Then other failures of such work; no more than are asked for."""
    other = replace(VAIN, fingerprint="1-ff")
    write(tmp_path, VAIN, other, VAIN, replace(other, job_type="build"), other)
    assert [vain.id for vain in of(str(tmp_path), "1-0a", "run-tests")] == ["2/1", "0/1", "4/1", "1/1"]
    assert [vain.id for vain in of(str(tmp_path), "1-0a", "run-tests", 3)] == ["2/1", "0/1", "4/1"]
    assert of(str(tmp_path), "1-0a", "run-tests", 0) == ()


def test_what_says_nothing_of_its_failure_or_work_is_akin_to_nothing(tmp_path: Path) -> None:
    """An empty fingerprint or job type is not the same as another."""
    remember(str(tmp_path), replace(VAIN, fingerprint="", job_type=""))
    assert of(str(tmp_path), "", "") == ()


def test_it_is_remembered_once(tmp_path: Path) -> None:
    """As it was written last; what is too long is cut."""
    for error in ("a", "b" * 9000):
        remember(str(tmp_path), replace(VAIN, error=error, instructions="\udce9" + "x" * 9000))
    (found,) = of(str(tmp_path), "1-0a", "run-tests")
    assert found.error.startswith("bbb")
    assert len(found.error) < 1000
    assert len(found.instructions) < 5000


def test_a_torn_or_strange_line_takes_no_other_along(tmp_path: Path) -> None:
    """Killed with -9 in the middle of a line, and what people write by hand."""
    remember(str(tmp_path), VAIN)
    (path,) = (tmp_path / "memory").iterdir()
    strange = ['{"fingerprint": "1-0a"}', "[]", path.read_text().replace('[["path", "src"]]', "[1]").strip()]
    with path.open("a") as stream:
        stream.write("\n".join([*strange, '{"fingerprint": "1-0a", "id']))
    remember(str(tmp_path), replace(VAIN, id="2/1"))
    assert [vain.id for vain in of(str(tmp_path), "1-0a", "")] == ["2/1", "1/2"]
