"""`python -m scope.executors.address ATTEMPT_DIRECTORY`: print the base URL of the router, once there is one.

For the wrapper of a command that takes a base URL: it waits for as long as there is no router, as a
model's worker does.
"""

from __future__ import annotations

import sys
import time

from scope.errors import ScopeError
from scope.models.client import Router, Unreachable
from scope.sessions.records import reports
from scope.store import atomic, attemptdir, layout

_LOOK_AGAIN_S = 0.2


def main(attempt_directory: str) -> int:
    """Print the base URL and return 0; 1 where the router refuses, or the attempt's files cannot be used."""
    try:
        return _tell(attempt_directory)
    except ScopeError as error:
        sys.stderr.write(f"{error.line()}\n")
        return 1


def _tell(attempt_directory: str) -> int:
    session_directory = attempt_directory.rpartition("/attempts/")[0]
    root, _, session = session_directory.rpartition("/sessions/")
    router = Router(root, (atomic.read(attemptdir.token(attempt_directory)) or "").strip())
    is_told = False
    while True:
        try:
            reply = router.post("/v1/port", {})
        except Unreachable:
            if not is_told:
                reports.progress(root, session, "waits for the router")
                is_told = True
            time.sleep(_LOOK_AGAIN_S)
            continue
        if reply.status == 200:  # noqa: PLR2004
            if is_told:
                atomic.remove(layout.activity(session_directory))
            sys.stdout.write(f"{reply.json['base_url']}\n")
            return 0
        error = reply.json.get("error")
        why = error.get("message") if isinstance(error, dict) else error
        sys.stderr.write(f"the router refuses: {why or f'status {reply.status}'}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
