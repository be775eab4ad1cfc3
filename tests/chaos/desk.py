"""The desk of the person who is asked: answers by command and by editor, scribbles, policies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.chaos.gatherings import frontmatter
from tests.chaos.traces import aimed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.plan import Step
    from tests.chaos.traces import Ledger
    from tests.driver import World

_TIRES_AFTER = 3


class Desk:
    """Its acts, by name; each returns what it did in words."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self.world = world
        self.ledger = ledger
        self._rounds: dict[str, int] = {}

    def answer(self, step: Step) -> str:
        """Answer something in the inbox by the command."""
        path = aimed(self._open(), step)
        if path is None:
            return "nothing is asked"
        word = self._word(path, step.word)
        self.ledger.answers[path.stem] += 1
        done = self.world.run("answer", path.stem, word)
        return f"{path.stem} {word} → {done.returncode} {done.stderr.strip()}"

    def answer_by_editor(self, step: Step) -> str:
        """Answer something in the inbox by an editor, which saves aside and renames."""
        path = aimed(self._open(), step)
        return "nothing is asked" if path is None else self._write(path, self._word(path, step.word))

    def scribble(self, step: Step) -> str:
        """Change what is not for people to change."""
        path = aimed(self._open(), step)
        if path is None:
            return "nothing is asked"
        text = path.read_text()
        changed = (
            text + "a note of mine\n",
            re.sub(r"\nstate: \w+", "\nstate: acked", text),
            re.sub(r"\nstate: \w+", "\nstate: closed", text),
            re.sub(r"\nsessions: .*", "\nsessions: []", text),
            "no frontmatter any more\n",
            text[: len(text) // 2],
            "",
        )
        way = step.number % len(changed)
        _save(path, changed[way])
        return f"{path.stem} in way {way}"

    def remove_escalation(self, step: Step) -> str:
        """Remove a file of the inbox."""
        path = aimed(sorted(self._directory().glob("e*.md")), step)
        if path is None:
            return "the inbox is empty"
        path.unlink(missing_ok=True)
        return path.stem

    def write_policy(self, step: Step) -> str:
        """Say once what holds from now on."""
        then = {"try it at night": "escalate"}.get(step.word, step.word)
        said = (f"{{class: {step.of_class}}}\nthen: {then}", '{question: "Left or right*"}\nanswer: left')
        place = self.world.root / "policies"
        place.mkdir(exist_ok=True)
        (place / f"p{step.number}.md").write_text(f"---\nmatch: {said[step.number % 2]}\n---\nBecause.\n")
        return said[step.number % 2].replace("\n", ", ")

    def mend(self, _: Step) -> str:
        """Mend what makes so many fail."""
        (self.world.project / "well").touch()
        return "well"

    def spoil(self, _: Step) -> str:
        """Break it again."""
        (self.world.project / "well").unlink(missing_ok=True)
        return "not well"

    def clear_up(self) -> None:
        """Remove what somebody has scribbled so that it cannot be read; it is written again."""
        for path in self._directory().glob("e*.md"):
            if "kind" not in frontmatter(path):
                path.unlink(missing_ok=True)

    def answer_all(self) -> None:
        """Answer everything that is asked: for some rounds `retry`, then whoever asks on has had it."""
        self.clear_up()
        for path in self._open():
            self._rounds[path.stem] = rounds = self._rounds.get(path.stem, 0) + 1
            wish = "retry" if rounds < _TIRES_AFTER else ("pass", "fail")[int(path.stem[1:]) % 2]
            self.ledger.note(self._write(path, self._word(path, wish)))

    def _write(self, path: Path, word: str) -> str:
        try:
            text = path.read_text()
        except OSError:
            return f"{path.stem} has gone"
        self.ledger.answers[path.stem] += 1
        _save(path, re.sub(r"\nanswer:.*", f"\nanswer: {word}", text, count=1))
        return f"{path.stem} {word} with an editor"

    def _open(self) -> list[Path]:
        found = sorted(self._directory().glob("e*.md"), key=lambda path: int(path.stem[1:]))
        said = [(path, frontmatter(path)) for path in found]
        return [path for path, keys in said if keys.get("state") in ("open", "acked") and not keys.get("answer")]

    def _word(self, path: Path, wish: str) -> str:
        return "left" if "left" in frontmatter(path).get("options", "") else wish

    def _directory(self) -> Path:
        return self.world.root / "escalations"


def _save(path: Path, text: str) -> None:
    aside = path.with_suffix(".saved")
    aside.write_text(text)
    aside.rename(path)
