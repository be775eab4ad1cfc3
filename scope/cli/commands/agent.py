"""`scope agent`: who works here, and the templates that a new one begins with."""

from __future__ import annotations

import os
import sys

from scope.cli.grammar import Argument, Command, Option
from scope.errors import BadInput, NotFound
from scope.store import layout, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from scope.agents.templates import Template
    from scope.cli.grammar import Given
    from scope.laws.identity import Identity

COMMAND = Command(
    "agent",
    "List and show agents and the templates of them, or make a new one.",
    text="""\
list (the default) · show NAME · new NAME

An agent is .scope/agents/NAME/identity.md: who it is, who supervises it, and how it works. show prints that file, or
the template of that name; new writes it, from a template and with a supervisor, for you to edit. Templates are
markdown files in .scope/agents/, in ~/.scope/agents/, or ship: worker, supervisor, coordinator and refinery. A whole
tree of supervisors is declared at once: scope up --help.""",
    epilog="Examples: scope agent · scope agent show coordinator · scope agent new ann --supervisor web",
    arguments=[
        Argument("action", required=False, meaning="What to do; default: list."),
        Argument("name", required=False, meaning="The agent's, or with show a template's."),
    ],
    options=[
        Option(
            "--from",
            metavar="TEMPLATE",
            meaning="With new: what it begins with; default: worker.",
            name="template",
        ),
        Option("--supervisor", metavar="NAME", meaning="With new: whom it reports to; default: human."),
        Option(
            "--json",
            meaning="Print an array, or an object where one is named: name, kind (agent or template), role, "
            "supervisor, strategy, span, playbook, executor, level, path, problem.",
        ),
    ],
)
ACTIONS: Final = ("list", "show", "new")


def run(given: Given) -> int:
    """Do one of the actions."""
    action, name = given.text("action") or "list", given.text("name")
    _refuse(given, action, name)
    if action == "list":
        return _list(roots.require(), given)
    if action == "show":
        return _show(roots.require(), name or "", given)
    return _new(roots.require_trusted(), name or "", given)


def _refuse(given: Given, action: str, name: str | None) -> None:
    """Raise BadInput for words that do not go together, and for what only a person does."""
    if action not in ACTIONS:
        from scope.laws.schema import nearest  # noqa: PLC0415 - only on the way out

        meant = nearest(action, list(ACTIONS))
        raise BadInput("agent does not know", action, hint=f"scope agent {meant or '--help'}")
    if action == "list" and name is not None:
        raise BadInput("list does not take", name, hint=f"scope agent show {name}")
    if action != "list" and name is None:
        raise BadInput(f"{action} needs a name", hint="which there are: scope agent list")
    for option in ("template", "supervisor"):
        if given.values[option] and action != "new":
            spelt = "--from" if option == "template" else "--supervisor"
            raise BadInput(f"{spelt} does not go with", action, hint="see: scope agent --help")
    own = os.environ.get("SCOPE_SESSION")
    if own and action == "new":
        raise BadInput("cannot make the agent", name, f"this is inside session {own}", "a person makes it")


def _list(root: str, given: Given) -> int:
    from scope.agents import identities, templates  # noqa: PLC0415 - imports yaml

    found = [_agent(root, name) for name in identities.names(root)]
    found += [_template(root, name) for name in templates.names(root)]
    if given.flag("json"):
        _print_json(found)
        return 0
    for each in found:
        told = each["problem"] or f"{each['role']} below {each['supervisor']}"
        sys.stdout.write(f"{each['name']}\t{each['kind']}\t{told}\n")
    return 0


def _show(root: str, name: str, given: Given) -> int:
    from scope.agents import identities  # noqa: PLC0415 - as above
    from scope.store import atomic  # noqa: PLC0415 - as above

    path = identities.find_path(root, name)
    if not path:
        path = _template_named(root, name).path
    if given.flag("json"):
        is_agent = path.endswith("/identity.md")
        _print_json(_agent(root, name) if is_agent else _template(root, name))
        return 0
    sys.stdout.write(atomic.read(path) or "")
    return 0


def _template_named(root: str, name: str) -> Template:
    from scope.agents import identities, templates  # noqa: PLC0415 - as above
    from scope.laws.schema import nearest  # noqa: PLC0415 - only for a name of nothing

    try:
        return templates.load(root, name)
    except NotFound:
        meant = nearest(name, [*identities.names(root), *templates.names(root)])
        hint = f"scope agent show {meant}" if meant else "which there are: scope agent list"
        raise NotFound("there is no agent and no template", name[:80], hint=hint) from None


def _new(root: str, name: str, given: Given) -> int:
    from scope.agents import identities, templates  # noqa: PLC0415 - as above
    from scope.laws import identity  # noqa: PLC0415 - as above
    from scope.laws.identity import HUMAN  # noqa: PLC0415 - as above
    from scope.laws.schema import Problem  # noqa: PLC0415 - as above
    from scope.store import atomic, frontmatter  # noqa: PLC0415 - as above

    template = templates.load(root, given.text("template") or "worker")
    above = given.text("supervisor") or str(template.keys.get("supervisor") or HUMAN)
    if above == name != HUMAN:
        raise BadInput("no agent can supervise itself, also not", name, hint="name another: --supervisor NAME")
    if above != HUMAN:
        chain = identities.chain(root, above)
        if chain and chain[0].role != "supervisor":
            raise BadInput("cannot be supervised by", above, f"its role is {chain[0].role}", "a peer supervises nobody")
    keys = {**template.keys, "supervisor": above}
    said = identity.parse(name, keys, template.body)
    if isinstance(said, Problem):
        raise BadInput("cannot make the agent", name, said.says, "see: scope agent --help")
    directory = f"{layout.agents(root)}/{name}"
    atomic.directory(directory)
    written = {key: _as_written(node) for key, node in keys.items()}
    if not atomic.create(layout.identity(directory), frontmatter.write(written, template.body)):
        raise BadInput("cannot make the agent", name, "there is one", f"look at it: scope agent show {name}")
    if given.flag("json"):
        _print_json(_agent(root, name))
    else:
        sys.stdout.write(f"{layout.identity(directory)}\n")
    return 0


def _as_written(node: object) -> str | list[str] | Mapping[str, str]:
    if isinstance(node, dict):
        return {str(name): str(value) for name, value in node.items()}
    return [str(item) for item in node] if isinstance(node, list) else str(node)


def _agent(root: str, name: str) -> dict[str, object]:
    from scope.agents import identities  # noqa: PLC0415 - as above

    path = identities.find_path(root, name)
    try:
        return _object(name, "agent", path, identities.find(root, name))
    except BadInput as error:
        return _object(name, "agent", path, None, error.line())


def _template(root: str, name: str) -> dict[str, object]:
    from scope.agents import templates  # noqa: PLC0415 - as above
    from scope.laws import identity  # noqa: PLC0415 - as above
    from scope.laws.identity import Identity  # noqa: PLC0415 - as above

    try:
        template = templates.load(root, name)
    except BadInput as error:
        return _object(name, "template", "", None, error.line())
    said = identity.parse(name, template.keys, template.body)
    return _object(name, "template", template.path, said if isinstance(said, Identity) else None)


def _object(name: str, kind: str, path: str, found: Identity | None, problem: str = "") -> dict[str, object]:
    return {
        "name": name,
        "kind": kind,
        "role": found.role if found else None,
        "supervisor": found.supervisor if found else None,
        "strategy": found.strategy if found else None,
        "span": found.span if found else None,
        "playbook": list(found.playbook) if found else None,
        "executor": (found.executor or None) if found else None,
        "level": found.level if found else None,
        "path": path or None,
        "problem": problem or None,
    }


def _print_json(said: object) -> None:
    import json  # noqa: PLC0415 - only when asked for

    sys.stdout.write(json.dumps(said, indent=2, ensure_ascii=False) + "\n")
