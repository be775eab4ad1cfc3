"""Launching: what follows from a committed start, for several sessions in one go."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scope.sessions.processes.runner import Placement
from scope.store import attemptdir, layout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scope.laws.ids import SessionId
    from scope.sessions.processes.runner import PaneView, Runner
    from scope.supervision.observation.senses import Senses
    from scope.supervision.wards.ward import Ward


def launch(
    wards: Sequence[Ward], runner: Runner, senses: Senses, root: str, outfit: Callable[[Ward], tuple[str, ...]]
) -> list[tuple[Ward, Exception]]:
    """Make the attempts of started sessions run; return those that could not be made ready, and why.

    An attempt that has begun, or that the runner has already, is not submitted again, and what it
    was given stays as it is; the wrapper itself refuses to run an attempt twice. Raises
    TmuxUnreachable, which concerns them all.
    """
    troubled: list[tuple[Ward, Exception]] = []
    there: Mapping[tuple[SessionId, int], PaneView] = {}
    if any(ward.is_resumed for ward in wards):
        there = runner.poll()
    placements = []
    for ward in wards:
        ward.forget_attempt()
        directory = ward.attempt_directory
        # What the runner has was made ready, and may have been read: another look would find other skills.
        if _has_begun(directory) or (ward.session, ward.chronicle.attempt) in there:
            continue
        try:
            argv = outfit(ward)
        except Exception as error:  # noqa: BLE001 - one session's trouble is not the others'
            troubled.append((ward, error))
            continue
        senses.watch_attempt(ward)
        if argv:
            mark = layout.mark(root, ward.session, ward.chronicle.attempt)
            placements.append(Placement(ward.session, ward.chronicle.attempt, mark, directory, argv))
    there = {**there, **runner.submit(placements)} if placements else there
    for ward in wards:
        senses.watch_attempt(ward)
        ward.pane = there.get((ward.session, ward.chronicle.attempt))
        if ward.pane is not None and not ward.pane.is_dead:
            senses.watch_process(ward, ward.pane.pid)
    return troubled


def _has_begun(directory: str) -> bool:
    return any(
        os.path.exists(sign(directory)) for sign in (attemptdir.started, attemptdir.exit_code, attemptdir.closed)
    )
