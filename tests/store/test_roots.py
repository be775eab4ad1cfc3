"""The root: where it is found, how one is made, and which may run anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scope.errors import BadInput, NotFound, RootRefused
from scope.store import layout, roots


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project directory with a home of its own beside it; it is the working directory."""
    place = tmp_path / "project"
    (place / "src" / "deep").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SCOPE_DIR", raising=False)
    monkeypatch.delenv("SCOPE_HOME", raising=False)
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def root(project: Path) -> Path:
    """A root that was made and recorded."""
    return Path(roots.make())


def _brought_along(project: Path) -> Path:
    """Make a root as a cloned repository brings one: complete, private, and never recorded."""
    place = project / ".scope"
    (place / "sessions").mkdir(parents=True)
    place.chmod(0o700)
    return place


def test_a_root_is_found_from_below(root: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As git finds its own."""
    monkeypatch.chdir(project / "src" / "deep")
    assert roots.find() == str(root)
    assert roots.require_trusted() == str(root)


def test_the_nearest_root_counts(root: Path, project: Path) -> None:
    """A project within a project has its own."""
    (project / "src" / ".scope").mkdir()
    assert roots.find(str(project / "src" / "deep")) == str(project / "src" / ".scope")
    assert roots.find(str(project)) == str(root)


def test_scope_dir_overrides_the_search(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a directory that it names wrongly is not replaced by another."""
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("SCOPE_DIR", str(other))
    assert roots.find() == str(other)
    monkeypatch.setenv("SCOPE_DIR", str(tmp_path / "missing"))
    assert roots.find() is None
    with pytest.raises(NotFound, match="missing"):
        roots.require()


@pytest.mark.parametrize("name", ["", "elsewhere"])
def test_scopes_own_home_is_never_a_root(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What outlives a project lies in `~/.scope`; work in one's home directory must not land there."""
    home = tmp_path / "home" / (name or ".scope")
    if name:
        monkeypatch.setenv("SCOPE_HOME", str(home))
    home.mkdir()
    monkeypatch.chdir(home.parent)
    assert roots.find() is None
    monkeypatch.setenv("SCOPE_DIR", str(home))
    assert roots.find() is None
    with pytest.raises(BadInput, match="it is scope's own home"):
        roots.make()


def test_a_link_to_the_home_is_no_root_either(project: Path, tmp_path: Path) -> None:
    """However it is reached."""
    (tmp_path / "home" / ".scope").mkdir()
    (project / ".scope").symlink_to(tmp_path / "home" / ".scope")
    assert roots.find() is None


def test_a_root_is_made_at_the_top_of_the_work_tree(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever in it somebody stands; `.git` is a file in a linked work tree."""
    (project / ".git").write_text("gitdir: /elsewhere\n")
    monkeypatch.chdir(project / "src" / "deep")
    assert roots.make() == str(project / ".scope")


def test_without_a_work_tree_a_root_is_made_where_one_stands(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing above is touched."""
    monkeypatch.chdir(project / "src")
    assert roots.for_spawn() == str(project / "src" / ".scope")


def test_what_is_made_is_private_complete_and_recorded_once(root: Path, tmp_path: Path) -> None:
    """Making it again changes nothing."""
    assert root.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in root.iterdir()) == [".gitignore", "FORMAT", "run", "sessions"]
    assert (root / ".gitignore").read_text() == "*\n"
    recorded = tmp_path / "home" / ".scope" / "roots"
    before = recorded.read_text()
    assert before == f"{root.stat().st_ino} {root}\n"
    assert roots.make() == str(root)
    assert recorded.read_text() == before


def test_a_root_that_nobody_recorded_runs_nothing(project: Path) -> None:
    """A repository that brings a `.scope/` along is only read, until a person trusts it."""
    place = _brought_along(project)
    assert roots.require() == str(place)
    for refused in (roots.require_trusted, roots.for_spawn):
        with pytest.raises(RootRefused, match="nobody recorded it") as refusal:
            refused()
        assert "scope init" in refusal.value.hint
    assert roots.make() == str(place)
    assert roots.require_trusted() == str(place)


def test_a_root_that_took_anothers_place_is_not_the_one_that_was_recorded(root: Path) -> None:
    """The path alone proves nothing."""
    root.rename(root.with_name("moved"))
    _brought_along(root.parent)
    assert "nobody recorded it" in roots.why_untrusted(str(root))
    assert "nobody recorded it" in roots.why_untrusted(str(root.with_name("moved")))


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701, 0o777])
def test_a_root_that_others_can_get_at_runs_nothing(root: Path, mode: int) -> None:
    """Whoever can write a task could run anything as its owner."""
    root.chmod(mode)
    with pytest.raises(RootRefused, match=f"mode {mode:04o}; it should be 0700"):
        roots.require_trusted()
    with pytest.raises(RootRefused):
        roots.for_spawn()
    roots.make()
    assert roots.require_trusted() == str(root)


def test_another_users_root_runs_nothing_and_cannot_be_taken_over(
    root: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even by `init`."""
    owner = root.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    for refused in (roots.require_trusted, roots.for_spawn, roots.make):
        with pytest.raises(RootRefused, match=f"it belongs to user {owner}"):
            refused()
    (root / "sessions").rmdir()
    with pytest.raises(RootRefused):
        roots.for_spawn()


def test_a_first_spawn_records_an_empty_private_root_and_no_other(project: Path) -> None:
    """`mkdir -m 700 .scope` is a person's word; a directory that others can write is not."""
    place = project / ".scope"
    place.mkdir(mode=0o755)
    with pytest.raises(RootRefused, match="others can get at it"):
        roots.for_spawn()
    place.chmod(0o700)
    assert roots.for_spawn() == str(place)
    assert roots.why_untrusted(str(place)) == ""


@pytest.mark.parametrize("use", [roots.require, roots.require_trusted, roots.for_spawn, roots.make])
def test_a_root_that_a_newer_scope_wrote_is_left_alone(root: Path, use: object) -> None:
    """Old code must not guess at new files."""
    (root / "FORMAT").write_text("2\n")
    with pytest.raises(RootRefused, match="its FORMAT is '2', this scope knows 1") as refusal:
        use()  # type: ignore[operator]
    assert "upgrade" in refusal.value.hint


def test_a_path_with_a_line_break_cannot_be_recorded(project: Path) -> None:
    """It could pretend to be another root's line."""
    place = project / f"a\n1 {project}"
    place.mkdir(parents=True)
    with pytest.raises(BadInput, match="line break"):
        roots.make(str(place))


def test_where_there_is_no_root_the_way_to_one_is_named(project: Path) -> None:
    """Reading makes none."""
    with pytest.raises(NotFound) as missing:
        roots.require()
    assert missing.value.hint == "make one: scope init"
    assert not (project / ".scope").exists()


def test_the_home_is_the_users_or_the_one_that_is_named(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SCOPE_HOME moves it."""
    assert layout.home() == str(tmp_path / "home" / ".scope")
    monkeypatch.setenv("SCOPE_HOME", str(tmp_path / "elsewhere"))
    assert layout.home() == str(tmp_path / "elsewhere")
