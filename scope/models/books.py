"""The books: accounts in memory and the ledger on disk, which always say the same."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scope.errors import StoreFault
from scope.models import bounds, ledger
from scope.models.accounts import DAILY, NOTHING, Accounts, Refusal, amount
from scope.models.call import Call, Held, Outcome, charged, line
from scope.models.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scope.laws.roster import Deployment, Price, Roster
    from scope.models.accounts import Amount, Bound, Key
    from scope.models.ledger import Ledger
    from scope.models.prices import Tokens
    from scope.models.replies import Replies
    from scope.store.journal import Line


class Books:
    """Sets aside what a call may take before it is made, and puts down what it took."""

    def __init__(self, written: Ledger, replies: Replies) -> None:
        self._ledger = written
        self._replies = replies
        self._accounts: Accounts | None = None
        self._unknown: dict[str, tuple[list[Key], Amount]] = {}
        self._day = ""

    def begin(self, roster: Roster) -> None:
        """Count all that the ledger says; raises StoreFault, and may be called again then."""
        counted = Accounts()
        unknown: dict[str, tuple[list[Key], Amount]] = {}
        today = time.strftime("%Y-%m-%d", time.gmtime())
        by_name = {(one.name, one.model): one for one in roster.deployments}
        for written in self._ledger.replay(self._replies.line):
            found = charged(written)
            if found is None:
                continue
            charge, taken = found
            keys = [key for key in bounds.keys(charge) if key[0] not in DAILY or key[-1] == today]
            deployment = by_name.get((str(written.get("deployment")), str(written.get("model"))))
            if deployment is not None:
                keys += self._quota(deployment, charge.at)
            identity = str(written.get("id", ""))
            if written.get("is_replaced"):
                counted.discount(keys, taken)
                unknown.pop(identity, None)
                continue
            counted.count(keys, taken)
            if written.get("outcome") == ledger.UNKNOWN:
                unknown[identity] = (keys, taken)
        self._accounts = counted
        self._unknown = unknown
        self._day = today

    def reserve(self, call: Call, deployment: Deployment, price: Price | None, most: Tokens) -> Held:
        """Set aside the most that a call may take at a deployment, and note that it is about to be made.

        Raises Fault where a budget does not allow it, or where it could not be accounted for.
        """
        accounts = self._ready(call)
        held = Held(0, deployment, price, most)
        keys = [*bounds.keys(call.charge), *self._quota(deployment, call.began)]
        # Made again, a call of which nobody knew the end takes the place of that one.
        before = self._unknown.get(call.identity)
        if before is not None:
            accounts.discount(*before)
        number = accounts.reserve(keys, call.bounds, amount(held.usd, most.total))
        if isinstance(number, Refusal):
            if before is not None:
                accounts.count(*before)
            raise Fault(402, "budget", number.says, scope=number.name, limit=number.limit)
        held = Held(number, deployment, price, most)
        try:
            self._ledger.open(call.identity, line(call, held, Outcome(ledger.UNKNOWN, cost=None)))
        except StoreFault as error:
            accounts.settle(number, NOTHING)
            if before is not None:
                accounts.count(*before)
            raise _unwritable(error) from error
        self._unknown.pop(call.identity, None)
        return held

    def settle(self, call: Call, held: Held, outcome: Outcome) -> Line:
        """Count what a call took, and return the line to be written of it."""
        written = line(call, held, outcome)
        found = charged(written)
        self._ready(call).settle(held.number, found[1] if found else NOTHING)
        return written

    def write(self, call: Call, written: Line) -> None:
        """Write a settled call down: it is over."""
        self._ledger.shut(call.identity, written)

    def has_quota(self, deployments: Iterable[Deployment], call: Call) -> dict[str, bool]:
        """Tell of which deployments something is left that is paid for already."""
        accounts = self._ready(call)
        found = {}
        for one in deployments:
            if one.quota is not None:
                bound = bounds.quota(one, one.quota, call.began)
                found[one.name] = accounts.scarcest([bound])[0] > 0
        return found

    def scarcest(self, call: Call, of: Iterable[Bound]) -> tuple[float, str]:
        """Return which part is left of the scarcest of some budgets, and its name."""
        return self._ready(call).scarcest(of)

    def spent(self, call: Call) -> Amount:
        """Return what the session of a call has spent, with all below it."""
        return self._ready(call).spent(bounds.of_tree(call.session))

    def sync(self) -> None:
        """Let what was written outlive a power cut."""
        self._ledger.sync()

    def _ready(self, call: Call) -> Accounts:
        """Return the accounts of today; raises Fault while what was spent cannot be read."""
        if self._accounts is None:
            try:
                self.begin(call.settings.models.roster)
            except StoreFault as error:
                raise _unwritable(error) from error
        assert self._accounts is not None
        today = call.charge.day
        if today > self._day:
            self._accounts.forget_before(self._day)
            self._accounts.forget_quotas(call.began)
            self._day = today
        return self._accounts

    @staticmethod
    def _quota(deployment: Deployment, at: float) -> list[Key]:
        if deployment.quota is None:
            return []
        return [bounds.quota(deployment, deployment.quota, at).key]


def _unwritable(error: StoreFault) -> Fault:
    return Fault(503, "ledger", f"no call is made while it cannot be accounted for: {error}")
