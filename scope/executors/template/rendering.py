"""Rendering: the only door to jinja2. A template and variables in, a text out, and errors that name the line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from jinja2 import BaseLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.loaders import split_template_path
from jinja2.sandbox import SandboxedEnvironment

from scope.errors import BadInput, NotFound
from scope.store import atomic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from jinja2 import Environment

_CRLF: Final = "\r\n"
# Whatever is drawn would differ at each attempt.
_RANDOM: Final = ("lipsum",)
# What an expression in a template may come to.
_OF_TEMPLATES: Final = (
    TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip
_UNDECLARED: Final = "' is undefined"


def render(template: str, variables: Mapping[str, str]) -> str:
    """Return what a template makes of the variables.

    What it includes or extends lies beside it, or below. Raises NotFound, StoreFault, and BadInput
    with the file and the line.
    """
    path = os.path.abspath(os.path.expanduser(template))
    source = atomic.read(path)
    if source is None:
        raise NotFound("there is no template", template, hint="look at 'templates' in the task: FILE: TEMPLATE")
    beside = _Beside(os.path.dirname(path))
    environment = SandboxedEnvironment(
        loader=beside,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
        newline_sequence=_CRLF if _CRLF in source else "\n",
    )
    for name in _RANDOM:
        del environment.globals[name]
    try:
        text = environment.get_template(os.path.basename(path)).render(variables)
    except TemplateSyntaxError as error:
        where = error.filename or path
        raise BadInput("cannot render", f"{where}:{error.lineno}", error.message or "", "edit that line") from error
    except UndefinedError as error:
        said = error.message or ""
        name = said.removesuffix(_UNDECLARED).removeprefix("'")
        if not said.endswith(_UNDECLARED):
            raise BadInput("cannot render", _place(error, beside, path), said, "edit that line") from error
        declared = f"declared are {', '.join(sorted(variables))}" if variables else "none is declared"
        why = f"the variable '{name}' is not declared; {declared}"
        hint = f"declare it in the task: vars: {{{name}: VALUE}}"
        raise BadInput("cannot render", _place(error, beside, path), why, hint) from error
    except TemplateNotFound as error:
        why = f"there is no template '{error.name}' beside it"
        raise BadInput("cannot render", _place(error, beside, path), why, "make it, or edit that line") from error
    except SyntaxError as error:  # of the Python that jinja makes of it, where jinja itself was content
        raise BadInput("cannot render", _place(error, beside, path), error.msg, "make it simpler") from error
    except _OF_TEMPLATES as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise BadInput("cannot render", _place(error, beside, path), why, "edit that line") from error
    try:
        atomic.encode(text)
    except UnicodeEncodeError as error:
        why = "it makes half a character (a lone surrogate), which no file can hold"
        raise BadInput("cannot render", path, why, "edit it") from error
    return text


class _Beside(BaseLoader):
    """Loads what lies in a directory, and below; nothing else has a name."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self.loaded: set[str] = set()

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:  # noqa: ARG002 - jinja's
        path = os.path.join(self._directory, *split_template_path(template))
        source = atomic.read(path)
        if source is None:
            raise TemplateNotFound(template)
        self.loaded.add(path)
        return source, path, None


def _place(error: BaseException, beside: _Beside, path: str) -> str:
    """Return the file and the line where rendering stopped: jinja writes its own lines into the traceback."""
    found, at = path, 0
    step: TracebackType | None = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename in beside.loaded:
            found, at = step.tb_frame.f_code.co_filename, step.tb_lineno
        step = step.tb_next
    return f"{found}:{at}" if at else found
