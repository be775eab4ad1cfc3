"""What a skill must never teach: to bend the check, to read secrets, to run what was fetched.

Rules over plain words, so they find what is said openly and miss what is hidden well: they keep
the machine from writing such a skill by itself, and a person from taking one unread. Each pattern
is bounded in length, so that any text is read in linear time.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

_LONGEST: Final = 120

_GAP: Final = r"(?: |\\? ?\n[ >#-]{0,4})"  # between two words: a space, or the end of a line
_FILLER: Final = r"(?!(?:and|then|before|after|to|so|which|that|but)\b)[\w'/.,()\[\]-]{1,40}+"
_FEW: Final = rf"(?:{_GAP}{_FILLER}){{0,4}}?{_GAP}"
_TESTS: Final = (
    r"(?:tests?|specs?|test ?suites?|test[ _-](?:files?|cases?|functions?)|assert(?:ion)?s?|checks?|verifications?"
    r"|expected (?:values?|outputs?|results?))\b"
    # A test's database is no test.
    r"(?! (?:database|db|cache|outputs?|results?|artifacts?|data|containers?|environment|runner|command|paths?"
    r"|configuration|config|settings|port|server|dependenc|requirements|extras?)\b)"
)
_FETCH: Final = r"\b(?:curl|wget|aria2c|iwr|invoke-webrequest)\b"
_RUNNER: Final = r"(?:\S{0,40}/)?(?:(?:ba|z|da|k|fi)?sh|python[0-9.]{0,5}|perl|ruby|node|bun|deno|php|iex)\b"
_AS_ROOT: Final = r"(?:(?:sudo|env|xargs|exec|nohup)(?: -\S{1,10}){0,3} ){0,3}"
_LINE: Final = r"(?:[^\n\\]|\\ ?\n?){0,300}?"  # the rest of a command, also over a line that goes on
_UNDONE: Final = r"(?:skip|xfail|expected|passing|passed|flaky|optional|known)"

_BENDING: Final = (
    rf"\b(?:mark|flag|decorate|annotate|label){_FEW}{_TESTS}(?:{_FEW}(?:as|with|to{_GAP}be))?{_GAP}@?{_UNDONE}",
    rf"\b(?:treat|declare|set|make|consider|count|report){_FEW}{_TESTS}{_FEW}(?:as|to{_GAP}be){_GAP}{_UNDONE}",
    (
        rf"\b{_TESTS}{_FEW}(?:can|may|should|must|could|to){_GAP}(?:\w{{1,12}}ly{_GAP}|just{_GAP})?be{_GAP}"
        r"(?:skipped|disabled|ignored|deleted|removed|dropped|xfailed|deselected|commented out|edited|rewritten)"
    ),
    (
        r"\b(?:skip|disable|delete|remove|drop|ignore|deselect|weaken|loosen|relax|mute|bypass|silence|comment out"
        r"|turn off|get rid of|stub out|edit|modify|rewrite|alter|tamper with|overwrite|change|changing|adjust|update"
        rf"|(?:skipp|disabl|delet|remov|dropp|ignor|edit|modify|rewrit)ing){_FEW}{_TESTS}"
    ),
    r"\brm(?: -[a-z]{1,6}){0,3} [^\n|;&]{0,60}\b(?:tests?|specs?|conftest)\b",
    r"\bpytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b|\bunittest\.(?:skip|expectedfailure)",
    r"@(?:unittest\.)?(?:skip|skipif|skipunless|expectedfailure|disabled|ignore)\b|#\[ignore\]|\bcollect_ignore",
    r"\b(?:it|test|describe)\.(?:skip|todo|failing)\b|\bx(?:it|describe|test)\(|\bt\.skip(?:now)?\(",
    r"--deselect\b|--ignore[= ]\S{0,60}test|-k [\"']?not\b|--passwithnotests\b|\bcontinue-on-error:? ?true\b",
    r"\|\| ?(?:/bin/|/usr/bin/)?(?:true\b|:|exit 0\b)|; ?true ?$|\bset \+e\b",
    (
        r"(?:^[ >#-]{0,4}|[;&|{(] ?|\b(?:then|do|else|add|append|put|insert|write|just|always|simply|with|call) )"
        r"exit(?: with)?(?: code)? 0\b|\b(?:sys|os|process)\._?exit\(0\)"
    ),
    r"--no-verify\b|\bgit commit(?: \S{1,40}){0,3}? -[a-z]{0,3}n[a-z]{0,3}\b",
    r"\bhooksPath[= ]{1,3}/dev/null|\bHUSKY=0\b|\bSKIP=\S",
    r"\bevidence\.jsonl\b|\battempts/\S{1,20}/(?:exit|check)\b|\bscope (?:skill )?(?:trust|approve|promote|answer)\b",
)
_PRYING: Final = (
    r"(?<!\w)\.env(?:\.(?!example|sample|template|dist)\w{1,20})?(?![\w-]|\.\w|\()",
    (
        r"\.ssh/|~/\.ssh\b|\bid_(?:rsa|dsa|ecdsa|ed25519)\b|\.aws/credentials|\.netrc\b|\.pypirc\b|\.git-credentials\b"
        r"|\.kube/config|\.docker/config\.json|\.gnupg\b|/etc/shadow\b|/proc/[^/\s]{1,12}/environ\b"
    ),
    (
        r"(?<![A-Za-z0-9_])(?!PRIMARY_|FOREIGN_|PUBLIC_|SORT_|PARTITION_)[A-Z0-9_]{0,60}"
        r"_(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)\b"
    ),
    r"\b[Kk]ey(?:chain|ring)s?\b|\bfind-(?:generic|internet)-password\b|\bgh auth token\b|\bprint-access-token\b",
)
_FETCHING: Final = (
    rf"{_FETCH}{_LINE}\| ?{_AS_ROOT}{_RUNNER}",
    rf"{_FETCH}{_LINE}(?:&&|;) ?{_AS_ROOT}(?:{_RUNNER}|chmod |source |\./)",
    rf"(?:{_RUNNER}|\b(?:eval|source|exec))(?: -\w{{1,4}}){{0,2}} [\"']?(?:<\(|\$\() ?{_FETCH}",
    rf"\bbase64 (?:-d|--decode)\b{_LINE}\| ?{_AS_ROOT}{_RUNNER}",
    rf"\b(?:pip[0-9.]{{0,4}}|uv|pipx|poetry)(?: pip)? (?:install|add)\b{_LINE}(?:https?://|git\+|ssh://)",
    r"\b(?:npm|yarn|pnpm|npx|bun|deno|gem|cargo)(?: \S{1,40}){0,3}? \S{0,40}(?:https?://|git\+)",
    r"\b(?:eval|exec)\( ?(?:await )?(?:requests|urllib|urlopen|httpx|fetch)\b",
    (
        rf"\b(?:download|fetch){_FEW}(?:and|then){_GAP}(?:then{_GAP})?(?:run|execute|eval|source){_GAP}"
        rf"(?:it|them|the{_GAP}(?:script|installer|file|result))\b"
    ),
)
_RULES: Final = tuple(
    (why, re.compile(pattern, flags | re.MULTILINE))
    for why, flags, patterns in (
        ("it bends what decides whether the work is good", re.IGNORECASE, _BENDING),
        ("it reaches for secrets", re.NOFLAG, _PRYING),
        ("it runs what somebody else can change", re.IGNORECASE, _FETCHING),
        ("it hides text from who reads it", re.NOFLAG, (r"\x00",)),
    )
    for pattern in patterns
)
# "Never skip a test" is good advice. Only a plain command not to, right before the words, counts as
# one: "if it does not work, skip the test" is none.
_FORBIDDEN: Final = re.compile(
    r"(?:(?:^|[.:;,(>-] ?|\b(?:and|or|but|you|please) )(?:do not|don't|never|must not|should not|avoid|refuse to)"
    r"|\b(?:instead of|rather than|without))"
    r" (?:(?:ever|even|simply|just|try to|attempt to|again|either|silently) )?"
    r"(?:(?:us(?:e|ing)|add(?:ing)?|append(?:ing)?|writ(?:e|ing)|read(?:ing)?|open|print|touch|put|run(?:ning)?|pass"
    r"|call|commit|pipe|insert|copy|source|rely on|fall back to|do) )?"
    r"(?:(?:with|the|a|an|any|your|your own|to) ){0,2}$",
    re.IGNORECASE,
)
# Marks that turn or hide what stands beside them, what drives a terminal, and letters that nobody sees.
_INVISIBLE: Final = re.compile(
    "[\x01-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060\u2066-\u2069\U000e0000-\U000e007f]"
)
_SPACES: Final = re.compile(r"[^\S\n]+")
_DROPPED: Final = re.compile(r"[`*]")


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a text says what no skill may say: the line from 1, the words there, and why not."""

    line: int
    words: str
    why: str


def findings(text: str) -> tuple[Finding, ...]:
    """Return everything in a skill's text that tampers, in order, each line once for each reason."""
    plain = _plain(text)
    starts = [0, *(match.end() for match in re.finditer("\n", plain))]
    found: dict[tuple[int, str], Finding] = {}
    for why, pattern in _RULES:
        for match in pattern.finditer(plain):
            line = bisect_right(starts, match.start())
            before = plain[max(starts[line - 1], match.start() - _LONGEST) : match.start()]
            if (line, why) not in found and not _FORBIDDEN.search(before):
                words = match[0].replace("\0", "(invisible)").strip()
                found[line, why] = Finding(line, " ".join(words.split())[:_LONGEST], why)
    return tuple(sorted(found.values(), key=lambda finding: (finding.line, finding.why)))


def _plain(text: str) -> str:
    """Return the text in plain letters and single spaces, with its lines as they are and NUL for what is invisible."""
    text = _INVISIBLE.sub("\0", text.removeprefix("\ufeff").replace("\0", ""))
    text = "\n".join(unicodedata.normalize("NFKC", line) for line in text.split("\n"))
    text = "".join(c for c in text if c in "\n\0" or unicodedata.category(c) != "Cf")
    return _SPACES.sub(" ", _DROPPED.sub("", text.replace("\u2019", "'")))
