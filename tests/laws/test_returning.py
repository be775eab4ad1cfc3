"""Work that is given back: decided on as any failure; and a restart from another commit is another restart."""

from __future__ import annotations

import pytest

from scope.laws.case import Adopt, Again, Case, Fail, Limits, Reopen
from scope.laws.failure import Failure
from scope.laws.playbook import Standing, choose
from scope.laws.plays import Played
from scope.laws.reconcile import decide


def test_done_work_that_is_given_back_is_opened_again_and_nothing_else_is() -> None:
    """What failed or was aborted meanwhile is no longer what was given back."""
    assert decide(Case("done", wish="return")) == Reopen("return")
    for state in ("failed", "aborted", "pending", "deferred", "escalated"):
        assert decide(Case(state, wish="return")) == Adopt("return")  # type: ignore[arg-type]


@pytest.mark.parametrize(("base", "play"), [("b", "restart"), ("a", None)])
def test_a_restart_from_another_commit_is_another_restart(base: str, play: str | None) -> None:
    """From the same one it would meet the same."""
    failure = Failure("landing", "transient", "1-f", base=base)
    played = (Played("restart", "a", "1-f"),)
    assert choose(failure, played, Standing(playbook=("restart",), attempts_left=3)).play == play


def test_without_a_retry_left_what_is_given_back_has_failed() -> None:
    """Each time counts, whoever ordered the attempt."""
    failure = Failure("landing", "transient", "1-f", "it conflicts", base="b")
    case = Case("recovering", limits=Limits(retries=1), failure=failure)
    for left, verdict in ((1, Again), (0, Fail)):
        standing = Standing(playbook=("restart",), attempts_left=left)
        assert isinstance(decide(_with(case, standing)), verdict)


def _with(case: Case, standing: Standing) -> Case:
    return Case(case.state, limits=case.limits, failure=case.failure, standing=standing)
