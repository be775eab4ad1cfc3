"""The tree that `tree.yaml` declares: who supervises whom and how, each with the keys of its identity.

    supervisors:
      web:
        strategy: rest_for_one
        span: 6
        children:
          api: {playbook: [restart, escalate]}
        agents: [ann, bob]

A supervisor stands below the one in whose `children` it is, or below its `supervisor`, or below the human. All that is
wrong is told at once, each with the way to the key that it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from scope.laws import identity, schema
from scope.laws.identity import HUMAN, Identity, Role
from scope.laws.ids import is_name
from scope.laws.schema import Key, Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scope.laws.schema import Node

Way: TypeAlias = tuple[str, ...]
"""The keys that lead to a place in the file."""

TOP: Final[tuple[Key, ...]] = (
    Key("supervisors", "nested", "the supervisors, by name", "{web: {span: 6}}"),
    Key("agents", "nested", "the workers below no supervisor but the human", "[ann]"),
)
CHILDREN: Final = "children"
AGENTS: Final = "agents"
TEMPLATE: Final = "template"
_BELOW: Final = (
    Key(CHILDREN, "nested", "the supervisors below it", "{api: {span: 4}}"),
    Key(AGENTS, "nested", "the workers below it", "[ann, bob]"),
)
_BEGINNING: Final = Key(TEMPLATE, "name", "the template that a new identity begins with", "coordinator")
_OWN: Final = tuple(key for key in identity.KEYS if key.name not in ("role", "created"))
SUPERVISOR_KEYS: Final = (*_OWN, *_BELOW, _BEGINNING)
AGENT_KEYS: Final = (*_OWN, _BEGINNING)


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake, and the way to the key that it is about."""

    way: Way
    says: str


@dataclass(frozen=True, slots=True)
class Declared:
    """One agent as declared: what its identity is to say, and the template that a new one begins with."""

    name: str
    keys: Mapping[str, Node]
    template: str
    way: Way

    @property
    def supervisor(self) -> str:
        """Whom it reports to."""
        return str(self.keys["supervisor"])

    @property
    def role(self) -> str:
        """What it is."""
        return str(self.keys["role"])


@dataclass(frozen=True, slots=True)
class Tree:
    """The whole declaration, whoever stands higher first; with faults, it is not to be applied."""

    agents: tuple[Declared, ...] = ()
    faults: tuple[Fault, ...] = ()


def parse(keys: Mapping[str, Node], others: Mapping[str, Identity]) -> Tree:
    """Return the declared tree; `others` are the identities that there are, on which it may build."""
    found: list[Declared] = []
    faults: list[Fault] = []
    for name in keys:
        faults += _unknown((name,), name, TOP)
    _supervisors(keys.get("supervisors"), "", ("supervisors",), found, faults)
    _agents(keys.get("agents"), "", ("agents",), found, faults)
    faults += _doubles(found)
    if not faults:
        faults += _astray(found, others)
    return Tree(tuple(sorted(found, key=lambda one: _depth(one, found))) if not faults else (), tuple(faults))


def _supervisors(node: Node, above: str, way: Way, found: list[Declared], faults: list[Fault]) -> None:
    for name, keys in _entries(node, way, faults):
        here = (*way, name)
        _take(name, keys, "supervisor", above, here, found, faults)
        _supervisors(keys.get(CHILDREN), name, (*here, CHILDREN), found, faults)
        _agents(keys.get(AGENTS), name, (*here, AGENTS), found, faults)


def _agents(node: Node, above: str, way: Way, found: list[Declared], faults: list[Fault]) -> None:
    if isinstance(node, list) and all(isinstance(name, str) for name in node):
        node = {name: None for name in node if isinstance(name, str)}
    for name, keys in _entries(node, way, faults):
        _take(name, keys, "worker", above, (*way, name), found, faults)


def _entries(node: Node, way: Way, faults: list[Fault]) -> Iterable[tuple[str, Mapping[str, Node]]]:
    if node in (None, ""):
        return
    if not isinstance(node, dict):
        faults.append(Fault(way, f"'{way[-1]}' takes names, each with keys of its own, such as web: {{level: 2}}"))
        return
    for name, keys in node.items():
        if not is_name(name) or name == HUMAN:
            faults.append(Fault((*way, name), f"no agent can be called '{name[:80]}'"))
        elif isinstance(keys, dict) or keys in (None, ""):
            yield name, keys if isinstance(keys, dict) else {}
        else:
            faults.append(Fault((*way, name), f"'{name}' takes keys such as {{span: 6}}"))


def _take(
    name: str, keys: Mapping[str, Node], role: Role, above: str, way: Way, found: list[Declared], faults: list[Fault]
) -> None:
    """Take one agent's keys, each with what is wrong with it."""
    known = SUPERVISOR_KEYS if role == "supervisor" else AGENT_KEYS
    before = len(faults)
    by_name = {key.name: key for key in known}
    for key, node in keys.items():
        faults += _unknown((*way, key), key, known)
        if key in by_name and by_name[key].shape != "nested":
            try:
                schema.read(by_name[key], node)
            except Refused as refusal:
                faults.append(Fault((*way, key), str(refusal)))
    said = keys.get("supervisor")
    if above and said is not None and said != above:
        says = f"'{name}' has a second supervisor: it stands below '{above}', and names '{said}'"
        faults.append(Fault((*way, "supervisor"), says))
    own = {key: node for key, node in keys.items() if key in {each.name for each in _OWN}}
    whole: dict[str, Node] = {"role": role, "supervisor": above or HUMAN, **own}
    if len(faults) == before:
        parsed = identity.parse(name, whole, "")
        if isinstance(parsed, Problem):
            faults.append(Fault((*way, parsed.key) if parsed.key in keys else way, parsed.says))
    template = keys.get(TEMPLATE)
    found.append(Declared(name, whole, template if isinstance(template, str) else role, way))


def _unknown(way: Way, name: str, known: tuple[Key, ...]) -> list[Fault]:
    names = [key.name for key in known]
    if name in names:
        return []
    meant = schema.nearest(name, names)
    return [Fault(way, f"unknown key '{name[:80]}'" + (f", did you mean '{meant}'?" if meant else ""))]


def _doubles(found: list[Declared]) -> list[Fault]:
    first: dict[str, Declared] = {}
    faults = []
    for one in found:
        other = first.setdefault(one.name, one)
        if other is not one:
            says = f"'{one.name}' has a second supervisor: '{one.supervisor}' beside '{other.supervisor}'"
            faults.append(Fault(one.way, says))
    return faults


def _astray(found: list[Declared], others: Mapping[str, Identity]) -> list[Fault]:
    """Return what is wrong with who reports to whom: nobody there, a peer, a circle."""
    roles = {**{name: other.role for name, other in others.items()}, **{one.name: one.role for one in found}}
    above = {name: other.supervisor for name, other in others.items()}
    above |= {one.name: one.supervisor for one in found}
    faults = []
    for one in found:
        way = (*one.way, "supervisor")
        if one.supervisor == HUMAN:
            continue
        if one.supervisor not in roles:
            meant = schema.nearest(one.supervisor, [*(name for name, role in roles.items() if role == "supervisor")])
            more = f", did you mean '{meant}'?" if meant else ""
            faults.append(Fault(way, f"there is no supervisor '{one.supervisor}'{more}"))
        elif roles[one.supervisor] != "supervisor":
            says = f"'{one.supervisor}' is a worker, a peer of '{one.name}': only a supervisor supervises"
            faults.append(Fault(way, says))
        else:
            circle = _circle(one.name, above)
            if circle:
                faults.append(Fault(way, f"the supervisors lead back: {' → '.join(circle)}"))
    return faults


def _circle(name: str, above: Mapping[str, str]) -> tuple[str, ...]:
    """Return the circle that an agent's way up ends in, where it is part of it."""
    way = [name]
    while (step := above.get(way[-1], HUMAN)) != HUMAN:
        if step == name:
            return (*way, name)
        if step in way:
            return ()
        way.append(step)
    return ()


def _depth(one: Declared, found: list[Declared]) -> int:
    """Return how many declared supervisors are above it."""
    by_name = {each.name: each for each in found}
    depth, step = 0, by_name.get(one.supervisor)
    while step is not None and depth <= len(found):
        depth, step = depth + 1, by_name.get(step.supervisor)
    return depth
