"""A root in which twenty and more sessions ended, written by hand: the files that figures are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scope.store import journal

if TYPE_CHECKING:
    from pathlib import Path

Line = dict[str, Any]


def at(day: int, second: int = 0) -> str:
    """A time of January 2026."""
    return f"2026-01-{day:02}T{3 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000Z"


class Village:
    """Writes sessions into a root as a watcher leaves them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._sequence = 0
        (root / "sessions").mkdir(exist_ok=True)

    def event(self, session: str, before: str, after: str, time: str) -> None:
        """One change of state."""
        self._sequence += 1
        line = {"seq": self._sequence, "time": time, "session": session, "attempt": 1, "from": before, "to": after}
        self.append("events.jsonl", {**line, "why": "it is so", "decision": self._sequence})

    def append(self, name: str, line: Line) -> None:
        """One line of a journal of the root."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        journal.append(str(path), line, is_durable=False)

    def task(self, session: str, **keys: str) -> None:
        """The directory of a session, with its task."""
        place = self.root / "sessions" / session
        place.mkdir(parents=True)
        said = "".join(f"{key}: {value}\n" for key, value in {"executor": "command", "by": "cli", **keys}.items())
        (place / "task.md").write_text(f"---\ncommand: [make]\n{said}---\nMake <it> & more\n")

    def well(self, session: str, day: int, **keys: str) -> None:
        """A session that was done at once."""
        self.task(session, **keys)
        self.event(session, "pending", "running", at(day))
        self.event(session, "running", "done", at(day, 60))
        self.state(session, "done")

    def state(self, session: str, word: str) -> None:
        """What the state file says."""
        (self.root / "sessions" / session / "state").write_text(f"{word}\n")

    def resolved(
        self, session: str, day: int, level: str, *, took_s: int = 60, fingerprint: str = "", **keys: str
    ) -> None:
        """A session that failed, was escalated, and was done with the advice of a level."""
        self.task(session, **keys)
        moves = [("pending", "running"), ("running", "recovering"), ("recovering", "escalated")]
        for before, after in (*moves, ("escalated", "pending"), ("pending", "running")):
            self.event(session, before, after, at(day, 10))
        self.event(session, "running", "done", at(day, 10 + took_s))
        self.state(session, "done")
        self.decide(session, "start", attempt=1)
        self.decide(session, "recover", attempt=1, kind="check", time=at(day, 10), fingerprint=fingerprint)
        self.decide(session, "escalate", attempt=1, play="escalate", group="e1")
        self.decide(session, "again", attempt=1, advice={"from_level": level})
        self.decide(session, "start", attempt=2)
        self.decide(session, "succeed", attempt=2)

    def decide(self, session: str, move: str, **more: Any) -> None:
        """One decision about a session."""
        self.append(f"sessions/{session}/decisions.jsonl", {"move": move, **more})

    def agent(self, name: str, span: int) -> None:
        """A declared supervisor."""
        place = self.root / "agents" / name
        place.mkdir(parents=True)
        (place / "identity.md").write_text(f"---\nrole: supervisor\nspan: {span}\n---\nWatches.\n")


def busy(root: Path) -> Village:
    """Thirty sessions of which ten took somebody else, one of them whose files are gone; two live."""
    made = Village(root)
    made.agent("web", 1)
    for number in range(20):
        made.well(str(1 + number), 1 + number // 4, **({"supervisor": "web"} if number % 5 == 0 else {}))
    for number, level in enumerate(("rules", "rules", "rules", "2", "human", "human", "human", "human", "human")):
        keys = {"supervisor": "web"} if number % 2 else {}
        made.resolved(
            str(31 + number), 2 + number, level, took_s=60 * (number + 1), fingerprint=f"1-{number % 2}", **keys
        )
    made.resolved("40", 12, "human")
    for path in sorted((root / "sessions" / "40").iterdir()):
        path.unlink()
    (root / "sessions" / "40").rmdir()
    for session in ("50", "51"):
        made.task(session, supervisor="web")
        made.event(session, "pending", "running", at(12))
        made.state(session, "running")
    line = {"supervisor": "web", "event": "restart", "session": "32", "attempt": 1, "at": 1.0, "boot": "b"}
    for _ in range(2):  # written twice, as after a crash
        made.append("restarts.jsonl", {"time": at(3), **line})
    made.append("events.jsonl", {"seq": "x", "session": "../..", "to": "done", "time": at(3)})
    made.append("events.jsonl", {"session": 5, "to": ["done"], "time": None})
    with (root / "events.jsonl").open("a") as stream:
        stream.write('words\n[1]\n{"seq": 99, "sess')
    return made
