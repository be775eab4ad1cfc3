"""Work trees: each attempt in a clean one of its own, what was changed kept, and nothing of a person's touched."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.driver import until
from tests.executors.hamlet import AUTHOR, git, repository, tree
from tests.models.provider import bash, done

if TYPE_CHECKING:
    from tests.driver import World
    from tests.models.provider import Provider


def test_it_works_in_a_tree_of_its_own_and_the_persons_is_not_touched(hamlet: World) -> None:
    """The newest commit as it is, without what was not committed; on a branch of its own."""
    script = "pwd; cat kept; ls; git branch --show-current; echo new >made; git add -A; git status --short"
    session = hamlet.sh(script, "--worktree")
    said = hamlet.wait(session).splitlines()
    assert said == [str(tree(hamlet, session)), "as it was", "kept", f"scope/{session}", "A  made"]
    assert (tree(hamlet, session) / "made").read_text() == "new\n"
    assert (hamlet.attempt(session) / "base").read_text() == f"{git(hamlet.project, 'rev-parse', 'HEAD')} clean\n"


def test_it_works_in_the_same_subdirectory(hamlet: World) -> None:
    """As in the repository, so that what is relative stays right; the check too."""
    place = hamlet.base / "other"
    repository(place, **{"a b/c'd/file": "x\n"})
    session = hamlet.sh("pwd; cat file", "--worktree", "--check", "test -e file", "--cwd", str(place / "a b" / "c'd"))
    assert hamlet.wait(session).splitlines() == [str(tree(hamlet, session) / "a b" / "c'd"), "x"]


def test_it_begins_with_the_commit_that_is_named(hamlet: World) -> None:
    """A tag, a branch, a hash; and that stays its beginning, whatever is committed meanwhile."""
    place = hamlet.base / "other"
    first = repository(place)
    git(place, "tag", "v1")
    (place / "kept").write_text("later\n")
    git(place, "commit", "--quiet", "-a", "-m", "second")
    script = f"cat kept; test -e {hamlet.base}/go || {{ touch {hamlet.base}/go; exit 1; }}"
    session = hamlet.sh(script, "--worktree", "--base", "v1", "--cwd", str(place), "--retries", "1")
    assert hamlet.wait(session) == "as it was\n"
    assert (hamlet.attempt(session, 2) / "base").read_text() == f"{first} clean\n"


MESS = f"""\
echo changed >kept; git {" ".join(AUTHOR)} commit -qam own || exit 9; echo again >>kept; echo new >'new file'
printf '\\000\\001' >binary; echo x >built.log; mkdir -p deep/er; echo y >deep/er/file; chmod 500 deep/er
git init -q nested; git update-index --skip-worktree .gitignore; echo '*.tmp' >>.gitignore
touch "$(git rev-parse --git-dir)/index.lock"
"""


def test_a_later_attempt_begins_clean_and_what_was_changed_is_kept_as_a_patch(hamlet: World) -> None:
    """Commits, edits, new and binary files are in the patch; ignored files, locks and hidden edits are gone."""
    clean = "git status --porcelain --ignored; git log --oneline | wc -l; cat kept .gitignore; ls -A"
    session = hamlet.sh(
        f'[ "${{SCOPE_ATTEMPT##*/}}" = 2 ] && {{ {clean}; exit; }}\n{MESS}exit 1', "--worktree", "--retries", "1"
    )
    assert hamlet.wait(session).split() == ["1", "as", "it", "was", "*.log", ".git", ".gitignore", "kept"]
    assert (hamlet.attempt(session) / "exit").read_text().strip() == "1"
    other = hamlet.base / "applied"
    git(hamlet.project, "worktree", "add", "--quiet", "--detach", str(other), "HEAD")
    git(other, "apply", str(hamlet.attempt(session) / "changes.patch"))
    assert (other / "kept").read_text() == "changed\nagain\n"
    assert (other / "new file").read_text() == "new\n"
    assert (other / "binary").read_bytes() == b"\0\1"
    assert (other / "deep" / "er" / "file").read_text() == "y\n"
    assert (other / ".gitignore").read_text() == "*.log\n*.tmp\n"
    assert not (other / "built.log").exists()


def test_an_attempt_that_changed_nothing_leaves_an_empty_patch(hamlet: World) -> None:
    """Nothing was changed, which is not the same as that nobody knows."""
    session = hamlet.sh("exit 1", "--worktree", "--retries", "1")
    hamlet.wait(session, code=1)
    assert (hamlet.attempt(session) / "changes.patch").read_text() == ""
    assert (hamlet.attempt(session, 2) / "changes.patch").read_text() == ""


@pytest.mark.parametrize(
    "harm",
    [
        "rm -rf .git",
        "rm -rf .git; git init -q .; git {author} commit -q --allow-empty -m own",
        'd=$(git rev-parse --git-dir); rm .git; ln -s "$d" .git',
        'echo "gitdir: {project}/.git" >.git',
        'cd ..; rm -rf "$SCOPE_SESSION"; ln -s {project} "$SCOPE_SESSION"',
        'rm -rf "$(git rev-parse --git-dir)"',
        "git checkout -q --detach; git branch -q -D scope/$SCOPE_SESSION",
        "git checkout -q --orphan other; git rm -rqf .",
        'mkdir "$(git rev-parse --git-dir)/rebase-merge"',
        "rm -rf kept; ln -s {project} kept; rm .gitignore; ln -s {project}/mine .gitignore",
        'echo junk >"$(git rev-parse --git-dir)/index"',
    ],
)
def test_whatever_an_attempt_does_to_its_tree_only_that_is_ever_reset(harm: str, hamlet: World) -> None:
    """The next one begins clean, and the person's files (the fixture looks) are as they were."""
    harm = harm.replace("{project}", str(hamlet.project)).replace("{author}", " ".join(AUTHOR))
    then = "git status --porcelain --ignored; cat kept; git branch --show-current; pwd -P"
    script = f'[ "${{SCOPE_ATTEMPT##*/}}" = 2 ] && {{ {then}; exit; }}\n{harm}\nexit 1'
    session = hamlet.sh(script, "--worktree", "--retries", "1")
    assert hamlet.wait(session).splitlines() == ["as it was", f"scope/{session}", str(tree(hamlet, session))]


def test_what_a_link_in_place_of_its_tree_leads_to_keeps_its_git(hamlet: World) -> None:
    """A person's own linked work tree, or submodule, has a file `.git`, and it stays there."""
    theirs = hamlet.base / "theirs"
    git(hamlet.project, "worktree", "add", "--quiet", "--detach", str(theirs))
    harm = f'cd ..; rm -rf "$SCOPE_SESSION"; ln -s {theirs} "$SCOPE_SESSION"; exit 1'
    session = hamlet.sh(f'[ "${{SCOPE_ATTEMPT##*/}}" = 2 ] && exit 0; {harm}', "--worktree", "--retries", "1")
    hamlet.wait(session)
    assert git(theirs, "status", "--porcelain") == ""


@pytest.mark.parametrize("is_sparse", [False, True])
def test_what_an_attempt_set_for_its_tree_alone_leads_no_later_one_elsewhere(is_sparse: bool, hamlet: World) -> None:
    """With `extensions.worktreeConfig` a work tree has settings of its own; those of the person's hold on."""
    place, theirs = hamlet.base / "other", hamlet.base / "theirs"
    repository(place, **{"a/file": "x", "b/file": "x"})
    git(place, "config", "extensions.worktreeConfig", "true")
    if is_sparse:
        git(place, "sparse-checkout", "set", "a")
    theirs.mkdir()
    (theirs / "precious").touch()
    then = "git rev-parse --show-toplevel; git clean -fdxq; ls -d [ab]"
    harm = f"git config --worktree core.worktree {theirs}"
    script = f'[ "${{SCOPE_ATTEMPT##*/}}" = 2 ] && {{ {then}; exit; }}; {harm}; exit 1'
    session = hamlet.sh(script, "--worktree", "--retries", "1", "--cwd", str(place))
    assert hamlet.wait(session).split() == [str(tree(hamlet, session)), "a", *([] if is_sparse else ["b"])]
    assert os.listdir(theirs) == ["precious"]


def test_a_link_in_the_commit_leads_no_work_out_of_its_tree(hamlet: World) -> None:
    """What is a directory here, and was a link to somewhere else when it was committed."""
    place, theirs = hamlet.base / "other", hamlet.base / "theirs"
    theirs.mkdir()
    place.mkdir()
    (place / "sub").symlink_to(theirs)
    repository(place)
    (place / "sub").unlink()
    (place / "sub").mkdir()
    session = hamlet.sh("touch here", "--worktree", "--cwd", str(place / "sub"))
    hamlet.wait(session, code=1)
    assert "there is no directory 'sub/'" in (hamlet.attempt(session) / "failure.md").read_text()
    assert os.listdir(theirs) == []


def test_a_link_in_place_of_the_worktrees_is_refused(hamlet: World) -> None:
    """Behind a link there might be anything."""
    elsewhere = hamlet.base / "elsewhere"
    (elsewhere / "1").mkdir(parents=True)
    (elsewhere / "1" / "precious").touch()
    (hamlet.root / "worktrees").symlink_to(elsewhere)
    session = hamlet.sh("true", "--worktree")
    hamlet.wait(session, code=1)
    assert "it is a link" in (hamlet.attempt(session) / "failure.md").read_text()
    assert os.listdir(elsewhere / "1") == ["precious"]


def test_what_leads_git_elsewhere_is_unset(hamlet: World) -> None:
    """Spawned by a hook of git's, say, whose environment names another repository and its index."""
    other = hamlet.base / "other"
    repository(other)
    wrong = {"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / "wrong")}
    script = 'git rev-parse --show-toplevel; git commit -q --allow-empty -m x; [ "${SCOPE_ATTEMPT##*/}" = 2 ]'
    author = {
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    words = ("--worktree", "--retries", "1", "--check", "git rev-parse --show-toplevel", "--")
    session = hamlet.spawn(*words, "sh", "-c", script, env={**wrong, **author})
    assert hamlet.wait(session) == f"{tree(hamlet, session)}\n" * 2
    assert git(other, "log", "--oneline").count("\n") == 0
    assert not (other / "wrong").exists()
    assert (hamlet.attempt(session, 2) / "check").read_text() == f"{tree(hamlet, session)}\nexit 0\n"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "step",
    [
        *("show-ref", "worktree add", "add -A", "diff-index", "symbolic-ref", "reset", "clean"),
        *("2/index…add -A", "2/index…diff-index"),
    ],
)
def test_killed_at_any_step_of_the_preparation_the_next_attempt_begins_clean(
    step: str, when: str, hamlet: World
) -> None:
    """What the first attempt changed is kept once, under the attempt that changed it."""
    place = hamlet.base / "bin"
    place.mkdir()
    stopped = 1 if step in ("show-ref", "worktree add") else 2
    work, stop = f'{shutil.which("git")} "$@"', f"touch {hamlet.base}/there; exec sleep 60"
    # A git of ours, which stops at that step of the one attempt.
    pattern = step.replace("…", '"*"')
    (place / "git").write_text(
        f'#!/bin/sh\ncase "${{SCOPE_ATTEMPT##*/}} ${{GIT_INDEX_FILE##*attempts/}} $*" in\n'
        f'"{stopped} "*"{pattern}"*)\n'
        f"{f'{stop}' if when == 'before' else f'{work}; {stop}'} ;;\nesac\nexec {work}\n"
    )
    (place / "git").chmod(0o700)
    script = 'echo "attempt ${SCOPE_ATTEMPT##*/}" >kept; cat new 2>&1; echo x >new; [ "${SCOPE_ATTEMPT##*/}" -ge 3 ]'
    path = f"{place}:{hamlet.env['PATH']}"
    session = hamlet.spawn("--worktree", "--retries", "3", "--", "sh", "-c", script, env={"PATH": path})
    until(lambda: (hamlet.base / "there").exists(), what=hamlet.log())
    for pid in hamlet.marked(f"/{session}/{stopped}"):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    hamlet.wait(session)
    patches = {n: hamlet.attempt(session, n) / "changes.patch" for n in (1, 2, 3)}
    first = 2 if stopped == 1 else 1
    assert f"attempt {first}" in patches[first].read_text()
    # What was cut off at the end of an attempt, the next one has done.
    assert patches[stopped].exists() == step.startswith("2/index")
    assert "attempt 3" in patches[3].read_text()
    assert "No such file" in (hamlet.session(session) / "result.md").read_text()


def test_what_a_person_did_there_after_an_attempt_is_kept_beside_it(hamlet: World) -> None:
    """Before it is tried again, in a clean tree; nothing more is kept where nobody did anything."""
    session = hamlet.sh("echo more >>kept; exit 1", "--worktree", "--retries", "1")
    hamlet.wait(session, code=1)
    (tree(hamlet, session) / "by-hand").write_text("mine\n")
    git(tree(hamlet, session), "add", "by-hand")
    git(tree(hamlet, session), "commit", "-q", "-m", "by hand")
    hamlet.run("retry", session, code=0)
    hamlet.wait(session, code=1)
    assert not (tree(hamlet, session) / "by-hand").exists()
    later = {n: hamlet.attempt(session, n) / "changes.later.patch" for n in (1, 2, 3, 4)}
    assert [n for n, path in later.items() if path.exists()] == [2]
    git(hamlet.base, "apply", "--include=by-hand", str(later[2]))
    assert (hamlet.base / "by-hand").read_text() == "mine\n"


def test_a_model_that_is_killed_goes_on_in_its_tree_as_it_left_it(study: World, provider: Provider) -> None:
    """Its files and what it remembers of them belong together; only what begins anew begins clean."""
    repository(study.project)
    provider.script("build it", bash("pwd; echo half >made"), bash("touch ../begun; sleep 60"))
    session = study.spawn("build it", "--worktree", "--setup", "echo once >>../setups")
    begun = study.root / "worktrees" / "begun"
    until(begun.exists)
    provider.script("build it", bash("cat made"), lambda body: done(json.dumps(body["messages"][-1]["content"])))
    for pid in study.marked(f"/{session}/1"):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    assert "half" in study.wait(session)
    assert (study.attempt(session, 2) / "base").read_text().endswith(" dirty\n")
    assert str(tree(study, session)) in json.dumps(provider.seen[0].messages)
    assert (study.root / "worktrees" / "setups").read_text() == "once\n"


def test_two_sessions_of_one_repository_have_each_their_own(hamlet: World) -> None:
    """At once, and a child of one begins where its parent's branch is."""
    sessions = [hamlet.sh("echo $SCOPE_SESSION >kept; cat kept", "--worktree") for _ in range(4)]
    for session in sessions:
        assert hamlet.wait(session) == f"{session}\n"
    author = " ".join(AUTHOR)
    script = f"echo mine >kept; git {author} commit -qam x; scope wait $(scope spawn --worktree -- cat kept)"
    assert hamlet.wait(hamlet.sh(script, "--worktree")) == "mine\n"


def test_no_two_make_a_tree_in_one_repository_at_once(hamlet: World) -> None:
    """Git reads the work trees that there are, and gives up where somebody is just making one."""
    place = hamlet.base / "bin"
    place.mkdir()
    real = shutil.which("git")
    (place / "git").write_text(
        f'#!/bin/sh\ncase "$*" in *"worktree add"*) ;; *) exec {real} "$@" ;; esac\n'
        f'mkdir {place}/making || touch {place}/clash\n{real} "$@"; code=$?\nrmdir {place}/making; exit $code\n'
    )
    (place / "git").chmod(0o700)
    path = {"PATH": f"{place}:{hamlet.env['PATH']}"}
    sessions = [hamlet.spawn("--worktree", "--", "true", env=path) for _ in range(8)]
    for session in sessions:
        hamlet.wait(session)
    assert not (place / "clash").exists()


def test_the_last_attempt_leaves_its_changes_before_it_is_said_to_have_ended(hamlet: World) -> None:
    """Whoever has waited finds the patch, with what the check wrote; the session's result says where its work lies."""
    session = hamlet.sh("echo mine >kept", "--worktree", "--check", "echo x >checked")
    hamlet.wait(session)
    patch = (hamlet.attempt(session) / "changes.patch").read_text()
    assert "+mine" in patch
    assert "b/checked" in patch
    assert not (hamlet.attempt(session) / "index").exists()
    header = (hamlet.session(session) / "result.md").read_text().split("---")[1]
    assert f"worktree: {tree(hamlet, session)}\n" in header
    assert f"branch: scope/{session}\n" in header
    assert f"its work lies in {tree(hamlet, session)}" in hamlet.run("poll", session).stdout


def test_a_failed_attempt_keeps_its_code_whatever_becomes_of_its_patch(hamlet: World) -> None:
    """A tree that is gone has none, and nothing says so in the pane."""
    session = hamlet.sh("rm .git; echo words; exit 3", "--worktree")
    hamlet.wait(session, code=1)
    assert (hamlet.attempt(session) / "exit").read_text().strip() == "3"
    assert not (hamlet.attempt(session) / "changes.patch").exists()
    assert hamlet.run("logs", session).stdout == "words\n"


def test_a_session_without_a_tree_records_nothing(town: World) -> None:
    """No patch, and no key about it in the result."""
    repository(town.project)
    session = town.sh("echo else >kept")
    town.wait(session)
    assert not (town.attempt(session) / "changes.patch").exists()
    assert "worktree" not in (town.session(session) / "result.md").read_text()


@pytest.mark.parametrize("change", ["clean", "edited", "new"])
def test_what_may_be_replayed_notes_the_commit_that_it_began_with(change: str, town: World) -> None:
    """Clean or dirty, a new file too; the index of the person's is not refreshed."""
    commit = repository(town.project)
    if change != "clean":
        (town.project / {"edited": "kept", "new": "new"}[change]).write_text("else\n")
    index = (town.project / ".git" / "index").stat()
    session = town.sh("true", "--replayable")
    town.wait(session)
    assert (town.attempt(session) / "base").read_text() == f"{commit} {'clean' if change == 'clean' else 'dirty'}\n"
    assert (town.project / ".git" / "index").stat().st_mtime_ns == index.st_mtime_ns


def test_without_a_repository_nothing_is_noted_and_nothing_fails(town: World) -> None:
    """Also where there is no git, or not yet a commit."""
    for words in ((), ("--cwd", str(town.base))):
        session = town.sh("true", "--replayable", *words)
        town.wait(session)
        assert not (town.attempt(session) / "base").exists()
    git(town.project, "init", "--quiet")
    session = town.sh("true", "--replayable")
    town.wait(session)
    assert not (town.attempt(session) / "base").exists()


def test_variables_of_a_persons_do_not_confuse_the_wrapper(hamlet: World) -> None:
    """The environment has names that the shell's own variables have."""
    names = ("root", "session", "number", "attempts", "report", "kept", "base", "origin", "tree", "attempt", "branch")
    wrong = dict.fromkeys(names, "/nowhere")
    session = hamlet.spawn("--worktree", "--", "sh", "-c", "pwd; echo $kept", env=wrong)
    assert hamlet.wait(session).splitlines() == [str(tree(hamlet, session)), "/nowhere"]
