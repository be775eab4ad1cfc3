"""A model's reply, from the provider's body to one line of the trajectory."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from scope.executors.model.trajectory import Line


def is_one(body: dict[str, Any]) -> bool:
    """Tell whether the body holds a message at all."""
    return _choice(body) is not None


def line(body: dict[str, Any], step: int, known: Collection[str]) -> Line:
    """Return what the trajectory keeps of a reply; `known` are the ids of earlier calls, of which none comes twice."""
    choice = _choice(body) or {}
    message = choice["message"] if isinstance(choice.get("message"), dict) else {}
    text = _words(message.get("content"))
    usage, scope = _mapping(body.get("usage")), _mapping(body.get("scope"))
    made: Line = {
        "step": step,
        "text": text,
        "calls": _calls(message.get("tool_calls"), step, known),
        "finish": str(choice.get("finish_reason") or ""),
        "prompt_tokens": _count(usage.get("prompt_tokens")),
        "completion_tokens": _count(usage.get("completion_tokens")),
    }
    for name in ("model", "deployment", "level", "cost", "ms", "window", "note"):
        if scope.get(name) not in (None, ""):
            made[name] = scope[name]
    if isinstance(message.get("thinking_blocks"), list):
        made["thinking_blocks"] = message["thinking_blocks"]  # some providers want them back
    refusal = message.get("refusal")
    if refusal or made["finish"] == "content_filter":
        made["refusal"] = str(refusal or text or "the provider's filter stopped it")
    if not made["calls"] and not made.get("refusal"):
        command = spoken(text)
        if command is not None:
            made["is_spoken"] = True
            made["calls"] = [{"id": f"spoken_{step}", "name": "bash", "arguments": json.dumps({"command": command})}]
    return made


def spoken(text: str) -> str | None:
    """Return the command in the one bash block of a text, for models that know no tools; None without just one."""
    blocks: list[list[str]] = []
    is_inside = False
    for each in text.split("\n"):
        if is_inside and each.strip() == "```":
            is_inside = False
        elif is_inside:
            blocks[-1].append(each)
        elif each.strip() == "```bash":
            is_inside = True
            blocks.append([])
    if len(blocks) != 1 or is_inside:
        return None
    return "\n".join(blocks[0]).strip() or None


def _choice(body: dict[str, Any]) -> dict[str, Any] | None:
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return None
    return choices[0]


def _words(content: object) -> str:
    if isinstance(content, list):
        content = "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    # Half characters (lone surrogates) would end in no file and no request.
    return content.encode("utf-8", "replace").decode() if isinstance(content, str) else ""


def _calls(listed: object, step: int, known: Collection[str]) -> list[Line]:
    made: list[Line] = []
    taken = set(known)
    for number, call in enumerate(listed if isinstance(listed, list) else (), start=1):
        if not isinstance(call, dict):
            continue
        function = _mapping(call.get("function"))
        identity = str(call.get("id") or "")
        if not identity or identity in taken:
            identity = f"call_{step}_{number}"
        taken.add(identity)
        arguments = function.get("arguments")
        if arguments is None or arguments == "":
            arguments = "{}"
        elif not isinstance(arguments, str):
            arguments = json.dumps(arguments)
        found: Line = {"id": identity, "name": str(function.get("name") or ""), "arguments": arguments}
        if isinstance(call.get("provider_specific_fields"), dict):
            found["provider_specific_fields"] = call["provider_specific_fields"]
        made.append(found)
    return made


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int:
    return int(value) if isinstance(value, int | float) and value > 0 else 0
