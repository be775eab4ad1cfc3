"""The roster: what a level means. Sessions name a level or a role, never a model."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

from scope.laws import budget, schema
from scope.laws.ids import is_count, is_name
from scope.laws.schema import Key, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scope.laws.budget import Budget
    from scope.laws.schema import Node

LEVELS: Final = "models.levels"
ROLES: Final[dict[str, int]] = {"executor": 0, "advisor": 2, "checker": 2, "reducer": 0, "filter": 0}
DEFAULT_ROLE: Final = "executor"
MAX_TOKENS: Final = 4096
PERIODS: Final = {"minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}

# One entry of a level: `0: [{model: openai/small, base_url: ...}]`.
KEYS: Final[tuple[Key, ...]] = (
    Key("model", "word", "what litellm calls it: provider/name", "openai/gpt-5-mini"),
    Key("base_url", "word", "where it is served, for local and compatible servers", "http://127.0.0.1:11434/v1"),
    Key("api_key_env", "word", "the variable of the command that starts the router", "OPENAI_API_KEY"),
    Key("api_key_command", "argv", "a program that prints the key, such as a password manager", "[pass, openai]"),
    Key("api_key_file", "path", "a file of mode 0600 that holds the key", "~/.keys/openai"),
    Key("price", "mapping", "US dollars per million tokens", "{input: 0.1, output: 0.4, cached: 0.01}"),
    Key("max_tokens", "count", "the most tokens of one reply; reserved before each call", "4096"),
    Key("context", "count", "how many tokens its window holds (default: as litellm knows)", "128000"),
    Key("timeout", "duration", "how long one call may take", "2m"),
    Key("retries", "count", "how often a call that the provider failed is made again", "2"),
    Key("rpm", "count", "calls a minute at most", "500"),
    Key("tpm", "count", "tokens a minute at most", "100000"),
    Key("parallel", "count", "calls at once at most", "8"),
    Key("quota", "mapping", "paid for already, so it is spent first", "{calls: 900, per: day}"),
    Key("when_low", "flag", "the cheaper one, taken when a budget runs low", "true"),
)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens; `cached` of input that the provider had cached."""

    input: float
    output: float
    cached: float | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """What is paid for already, in each period of so many seconds."""

    budget: Budget
    period_s: float


@dataclass(frozen=True, slots=True)
class Deployment:
    """One way to reach a model of a level; times in seconds, None: not given."""

    level: int
    index: int
    model: str
    base_url: str = ""
    api_key_env: str = ""
    api_key_command: tuple[str, ...] = ()
    api_key_file: str = ""
    price: Price | None = None
    max_tokens: int = MAX_TOKENS
    context: int | None = None
    timeout: float = 120.0
    retries: int = 2
    rpm: int | None = None
    tpm: int | None = None
    parallel: int | None = None
    quota: Quota | None = None
    when_low: bool = False

    @property
    def name(self) -> str:
        """Its name within the root: level and place in the list."""
        return f"{self.level}/{self.index}"


@dataclass(frozen=True, slots=True)
class Roster:
    """All levels and roles of a root."""

    levels: Mapping[int, tuple[Deployment, ...]] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=lambda: dict(ROLES))

    @property
    def is_empty(self) -> bool:
        """Tell whether no model is configured."""
        return not any(self.levels.values())

    @property
    def deployments(self) -> tuple[Deployment, ...]:
        """Every deployment of every level."""
        return tuple(one for level in sorted(self.levels) for one in self.levels[level])

    def keys_from_environment(self) -> tuple[str, ...]:
        """Return the variables that only a person's own command can bring."""
        return tuple(sorted({one.api_key_env for one in self.deployments if one.api_key_env}))


def level_of(roster: Roster, level: int | None, role: str, of_agent: int | None = None) -> int | None:
    """Return the level that a session works at; None for a role that nobody knows."""
    if level is not None:
        return level
    if role:
        return roster.roles.get(role)
    return of_agent if of_agent is not None else roster.roles.get(DEFAULT_ROLE, 0)


def candidates(roster: Roster, level: int, has_quota: Mapping[str, bool], *, is_low: bool) -> tuple[Deployment, ...]:
    """Return a level's deployments in the order in which they are tried.

    What has quota left comes first, then the list as it is written; the cheaper ones before all
    when a budget runs low, and not at all while none does, unless there are no others.
    """
    of_level = roster.levels.get(level, ())
    usual = [one for one in of_level if not one.when_low]
    cheaper = [one for one in of_level if one.when_low]
    usual.sort(key=lambda one: not (one.quota is not None and has_quota.get(one.name, False)))
    if is_low:
        return (*cheaper, *usual)
    return tuple(usual or cheaper)


def parse(levels: Mapping[str, Node]) -> dict[int, tuple[Deployment, ...]] | Problem:
    """Return the levels as written, or the first thing that is wrong."""
    found: dict[int, tuple[Deployment, ...]] = {}
    for name, node in levels.items():
        if not is_count(name):
            return Problem(LEVELS, f"'{LEVELS}' takes numbers of levels, not '{name[:80]}'")
        entries = [node] if isinstance(node, dict) else node
        if not isinstance(entries, list) or not entries:
            return Problem(LEVELS, f"level {name} takes a list such as [{{model: openai/gpt-5-mini}}]")
        made = []
        for index, entry in enumerate(entries):
            one = _deployment(int(name), index, entry)
            if isinstance(one, str):
                return Problem(LEVELS, f"level {name}, entry {index + 1}: {one}")
            made.append(one)
        found[int(name)] = tuple(made)
    return found


def parse_roles(pairs: tuple[tuple[str, str], ...]) -> dict[str, int] | Problem:
    """Return the roles with their levels, over the built-in ones."""
    roles = dict(ROLES)
    for name, level in pairs:
        if not is_name(name) or not is_count(level):
            return Problem("models.roles", f"'models.roles' takes names and levels, not '{name[:80]}: {level[:80]}'")
        roles[name] = int(level)
    return roles


def _deployment(level: int, index: int, entry: Node) -> Deployment | str:
    if not isinstance(entry, dict):
        return "it takes keys such as {model: openai/gpt-5-mini}"
    values = schema.values(entry, KEYS)
    if isinstance(values, Problem):
        return values.says
    if not values.get("model"):
        return "it has no 'model'"
    if "/" not in str(values["model"]):
        return f"'model' takes provider/name, such as openai/{values['model']!s:.40} for a server of OpenAI's kind"
    variable = str(values.get("api_key_env", "A"))
    if not variable.isidentifier() or not variable.isascii():
        return "'api_key_env' takes a variable's name such as OPENAI_API_KEY, never the key itself"
    named = [key for key in ("api_key_env", "api_key_command", "api_key_file") if values.get(key)]
    if len(named) > 1:
        return f"its key comes from one place, not from {' and '.join(named)}"
    price = _price(dict(values.pop("price", ())))  # type: ignore[arg-type]
    quota = _quota(dict(values.pop("quota", ())))  # type: ignore[arg-type]
    for made in (price, quota):
        if isinstance(made, str):
            return made
    for key in ("max_tokens", "context", "timeout", "rpm", "tpm", "parallel"):
        if key in values and not values[key]:
            return f"'{key}' takes more than 0"
    known = {one.name for one in fields(Deployment)}
    given = {key: value for key, value in values.items() if key in known}
    return Deployment(level=level, index=index, price=price, quota=quota, **given)  # type: ignore[arg-type]


def _price(pairs: dict[str, str]) -> Price | str | None:
    if not pairs:
        return None
    wrong = "'price' takes dollars per million tokens: {input: 0.1, output: 0.4}"
    if not {"input", "output"} <= set(pairs) <= {"input", "output", "cached"}:
        return wrong
    amounts = {}
    for name, text in pairs.items():
        parsed = budget.parse([("usd", text)])
        if isinstance(parsed, str) or parsed.usd is None:
            return wrong
        amounts[name] = parsed.usd
    return Price(amounts["input"], amounts["output"], amounts.get("cached"))


def _quota(pairs: dict[str, str]) -> Quota | str | None:
    if not pairs:
        return None
    period = pairs.pop("per", "day")
    if period not in PERIODS:
        return f"'quota' is per {', '.join(PERIODS)}, not '{period[:80]}'"
    parsed = budget.parse(pairs.items())
    if isinstance(parsed, str):
        return parsed
    if parsed.usd is None and parsed.tokens is None and parsed.calls is None:
        return "'quota' takes calls, tokens or usd, and 'per'"
    return Quota(parsed, PERIODS[period])
