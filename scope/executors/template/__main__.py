"""`python -m scope.executors.template ATTEMPT_DIRECTORY`: render what was declared, in the working directory."""

from __future__ import annotations

import io
import json
import signal
import sys

from scope.errors import NotFound, ScopeError
from scope.executors.template import files
from scope.executors.template.files import File
from scope.store import atomic, attemptdir


def main(attempt_directory: str) -> int:
    """Render all files, then write them, and return the exit code; what is wrong is said in a line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    # A person's Ctrl-C ends it at once, as it ends a command.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        _render(attempt_directory)
    except ScopeError as error:
        sys.stdout.write(f"error: {error.line()}\n" + (f"hint: {error.hint}\n" if error.hint else ""))
        return 1
    return 0


def _render(attempt_directory: str) -> None:
    from scope.executors.template import rendering  # noqa: PLC0415 - jinja2 takes thirty milliseconds

    templates, variables = _declared(attempt_directory)
    paths = files.places(templates)
    made = [File(name, paths[name], rendering.render(template, variables)) for name, template in templates.items()]
    for file in made:
        is_new = files.write(file)
        words = f"wrote {file.name} from {templates[file.name]}" if is_new else f"{file.name} is as it should be"
        sys.stdout.write("".join(c if c.isprintable() else "?" for c in words) + "\n")
        sys.stdout.flush()


def _declared(attempt_directory: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the templates by file, and the variables, as the watcher has left them."""
    path = attemptdir.rendering(attempt_directory)
    said = atomic.read(path)
    if said is None:
        raise NotFound("there is nothing to render in", path, hint="the watcher writes it before it starts an attempt")
    declared = json.loads(said)
    return declared["templates"], declared["vars"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
