"""Writing a skill as its file, for those that the machine makes; `library.read` reads the same skill back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scope.store import amendment, frontmatter

if TYPE_CHECKING:
    from scope.laws.schema import Node
    from scope.laws.skill import Skill


def written(skill: Skill) -> str:
    """Return the file of a skill; what it does not say is left out, but for its version."""
    match: dict[str, Node] = {name: values[0] if len(values) == 1 else [*values] for name, values in skill.match}
    variables: dict[str, Node] = dict(skill.variables)
    keys: dict[str, Node] = {
        "name": skill.name,
        "description": skill.description,
        "when": [*skill.when],
        "match": match,
        "expect": dict(skill.expect),
        "apply": {"vars": variables} if variables else {},
        "fingerprint": skill.fingerprint,
        "source": skill.source,
        "version": str(skill.version),
    }
    lines = [f"{name}: {_node(value)}" for name, value in keys.items() if value]
    return "\n".join(("---", *lines, "---", amendment.sound(skill.body), ""))


def _node(node: Node) -> str:
    if isinstance(node, dict):
        return f"{{{', '.join(f'{_scalar(name)}: {_node(value)}' for name, value in node.items())}}}"
    if isinstance(node, list):
        return f"[{', '.join(map(_node, node))}]"
    return _scalar(node or "")


def _scalar(text: str) -> str:
    """Write one string, plain where that is safe, else quoted with every letter readable."""
    text = amendment.sound(text)
    plain = frontmatter.scalar(text)
    if not plain.startswith('"'):
        return plain
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else frontmatter.scalar(c)[1:-1] for c in text) + '"'
