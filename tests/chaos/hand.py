"""The hand that carries out a plan, step by step, and writes down what came of it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from tests.chaos.desk import Desk
from tests.chaos.misfortune import Misfortune
from tests.chaos.people import People

if TYPE_CHECKING:
    from tests.chaos.plan import Step
    from tests.chaos.traces import Ledger
    from tests.driver import World


class Hand:
    """Carries out steps: each is an act of people, or a misfortune."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self.ledger = ledger
        self.people = People(world, ledger)
        self.desk = Desk(world, ledger)
        self.misfortune = Misfortune(world, ledger)

    def do(self, step: Step) -> None:
        """Carry out one step, then let those go on that were stopped long enough."""
        if step.act == "watch_stop":
            self.let_everything_go_on()  # whoever is stopped cannot leave
        actors = (self.people, self.desk, self.misfortune)
        said = next(getattr(actor, step.act) for actor in actors if hasattr(actor, step.act))(step)
        self.ledger.note(f"{step.number:4} {step.act}: {said}")
        self.misfortune.let_go_on(step.number)
        time.sleep(step.pause_s)

    def let_everything_go_on(self) -> None:
        """Nothing stays stopped."""
        self.misfortune.let_go_on(sys.maxsize)
