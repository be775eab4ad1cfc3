"""What providers do wrong, and what of it a client hears."""

from __future__ import annotations

import json
import threading
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scope.models.faults import Fault, retry_at
from tests.driver import until
from tests.models.provider import Turn, broken, cut, hang, limited, malformed, say

if TYPE_CHECKING:
    from tests.models.conftest import Office

NOW = 1_800_000_000.0
KINDS = pytest.mark.parametrize("kind", ["openai", "anthropic"])


@pytest.mark.parametrize(
    ("headers", "after_s"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"Retry-After": " 0.5 "}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": formatdate(NOW + 90, usegmt=True)}, 90),
        ({"retry-after": formatdate(NOW - 90, usegmt=True)}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e99"}, None),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}, 360),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "3"}, None),
        ({"x-ratelimit-reset-requests": "6m0s"}, None),
        ({"x-ratelimit-reset-tokens": "1h2m3.5s", "x-ratelimit-remaining-tokens": "0"}, 3723.5),
        ({"x-ratelimit-reset-tokens": "20ms", "x-ratelimit-remaining-tokens": "0"}, 0.02),
        ({"x-ratelimit-reset-tokens": "2 apples", "x-ratelimit-remaining-tokens": "0"}, None),
    ],
)
def test_a_time_is_taken_from_a_provider_and_never_made_up(headers: dict[str, str], after_s: float | None) -> None:
    """Seconds, milliseconds, a date, OpenAI's resets of what is used up; anything else is no time."""
    assert retry_at(headers, NOW) == (None if after_s is None else pytest.approx(NOW + after_s))


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset-tokens"]), st.text()))
def test_no_header_breaks_it(headers: dict[str, str]) -> None:
    """Whatever a provider sends is a time that is not over, or none."""
    at = retry_at({**headers, "x-ratelimit-remaining-tokens": "0"}, NOW)
    assert at is None or at >= NOW


def test_a_client_is_told_whole_seconds_that_are_not_too_few() -> None:
    """Retry-After is rounded up."""
    assert Fault(429, "rate_limit", "", retry_at=NOW + 1.2).headers(NOW) == {"Retry-After": "2"}
    assert Fault(429, "rate_limit", "").headers(NOW) == {}


@KINDS
def test_a_limit_without_a_time_is_passed_on_without_one(office: Office, kind: str) -> None:
    """No Retry-After, no retry_at."""
    office.levels(office.model(kind=kind))
    session, token = office.new()
    office.provider.script(f"no time {kind}", limited(None))
    said = office.chat(token, f"no time {kind}")
    assert (said.status, said.code) == (429, "rate_limit")
    assert "retry-after" not in said.headers
    assert "retry_at" not in said.json["error"]
    (line,) = office.lines(session)
    assert (line["outcome"], line["cost"], line["prompt_tokens"]) == ("error", 0.0, 0)


@KINDS
def test_a_limit_with_a_time_is_passed_on_and_kept(office: Office, kind: str) -> None:
    """The time reaches the client, and until then that deployment is not asked again."""
    office.levels(office.model(kind=kind))
    _, token = office.new()
    office.provider.script(f"a time {kind}", limited("70"))
    for _ in range(2):
        said = office.chat(token, f"a time {kind}")
        assert (said.status, said.code) == (429, "rate_limit")
        assert 60 < int(said.headers["retry-after"]) <= 70
        assert said.json["error"]["retry_at"] == pytest.approx(time.time() + 70, abs=10)
    assert len(office.provider.of(f"a time {kind}")) == 1


def test_the_second_deployment_answers_for_a_limited_first(office: Office) -> None:
    """A list is tried in order, and the ledger says what the first one did."""
    office.levels(office.model(), office.model(kind="anthropic"))
    session, token = office.new()
    office.provider.script("second", limited("9"), say("from the second"), say("again from the second"))
    said = office.chat(token, "second")
    assert (said.text, said.json["scope"]["deployment"]) == ("from the second", "0/1")
    assert office.chat(token, "second").text == "again from the second"
    outcomes = [(line["deployment"], line["outcome"]) for line in office.lines(session)]
    assert outcomes == [("0/0", "error"), ("0/1", "ok"), ("0/1", "ok")]
    assert office.lines(session)[1]["note"] == "0/0: rate_limit"


def test_a_stream_falls_back_as_long_as_nothing_was_sent(office: Office) -> None:
    """A first deployment that refuses a stream is no error for the client."""
    office.levels(office.model(), office.model())
    _, token = office.new()
    office.provider.script("stream second", limited("9"), say("streamed"))
    chunks = office.chat(token, "stream second", stream=True).chunks
    assert chunks[-1] == "DONE"
    assert chunks[-2]["scope"]["deployment"] == "0/1"


def test_when_all_are_limited_the_earliest_time_is_told(office: Office) -> None:
    """429 with the time of whoever can be asked first, of those that named one."""
    office.levels(office.model(), office.model(), office.model(kind="anthropic"))
    _, token = office.new()
    office.provider.script("all", limited("90"), limited("30"), limited(None))
    said = office.chat(token, "all")
    assert (said.status, said.code) == (429, "rate_limit")
    assert 20 < int(said.headers["retry-after"]) <= 30


def test_when_none_named_a_time_none_is_told(office: Office) -> None:
    """429 without a time, and both were asked."""
    office.levels(office.model(), office.model())
    _, token = office.new()
    office.provider.script("timeless", limited(None), limited(None))
    said = office.chat(token, "timeless")
    assert (said.status, "retry-after" in said.headers) == (429, False)
    assert len(office.provider.of("timeless")) == 2


@KINDS
@pytest.mark.parametrize("status", [500, 503, 529])
def test_a_provider_that_fails_once_is_asked_again(office: Office, kind: str, status: int) -> None:
    """Its failure is retried, as often as the deployment says; each try is a line."""
    office.levels(office.model("retries: 1", kind))
    session, token = office.new()
    about = f"once {status} {kind}"
    office.provider.script(about, broken(status), say("better"))
    assert office.chat(token, about).text == "better"
    assert [line["outcome"] for line in office.lines(session)] == ["error", "ok"]


def test_a_provider_that_goes_on_failing_is_said_so(office: Office) -> None:
    """502 with the provider's words after all tries; nothing is charged."""
    office.levels(office.model("retries: 1"))
    session, token = office.new()
    office.provider.script("broken", broken(), broken())
    said = office.chat(token, "broken")
    assert (said.status, said.code) == (502, "provider")
    assert "scripted 500" in said.json["error"]["message"]
    assert len(office.provider.of("broken")) == 2
    lines = office.lines(session)
    assert [(line["outcome"], line["cost"]) for line in lines] == [("error", 0.0)] * 2
    assert all("scripted 500" in str(line["error"]) for line in lines)


@KINDS
def test_a_provider_that_does_not_answer_times_out(office: Office, kind: str) -> None:
    """504 after the deployment's own time; what the prompt may have cost is estimated."""
    office.levels(office.model("timeout: 300ms", kind))
    session, token = office.new()
    office.provider.script(f"hang {kind}", hang())
    said = office.chat(token, f"hang {kind}")
    assert (said.status, said.code) == (504, "timeout")
    (line,) = office.lines(session)
    assert (line["outcome"], line["completion_tokens"]) == ("error", 0)
    assert int(str(line["prompt_tokens"])) > 0


@KINDS
@pytest.mark.parametrize("turn", [malformed(), cut()], ids=["malformed", "cut"])
def test_a_broken_body_is_a_providers_failure(office: Office, kind: str, turn: Turn) -> None:
    """502 in words, no traceback, and the router lives on."""
    office.levels(office.model(kind=kind))
    session, token = office.new()
    about = f"{'cut' if turn.is_cut else 'malformed'} body {kind}"
    office.provider.script(about, turn, say("fine"))
    said = office.chat(token, about)
    assert (said.status, said.code) == (502, "provider")
    assert "Traceback" not in said.raw.decode()
    assert office.chat(token, about).text == "fine"
    assert [line["outcome"] for line in office.lines(session)] == ["error", "ok"]


def test_a_stream_that_stops_in_the_middle_is_given_up(office: Office) -> None:
    """Between two chunks, too, the deployment's time holds."""
    office.levels(office.model("timeout: 300ms"))
    session, token = office.new()
    office.provider.script("stuck stream", hang(5))
    said = office.chat(token, "stuck stream", stream=True)
    assert (said.status, said.code) == (504, "timeout")
    assert [line["outcome"] for line in office.lines(session)] == ["error"]


@KINDS
def test_a_bad_key_is_the_roots_trouble_and_not_the_clients(office: Office, kind: str) -> None:
    """A provider's 401 or 403 is 502 key here; another deployment is asked first."""
    office.levels(office.model(kind=kind))
    _, token = office.new()
    office.provider.script(f"key {kind}", broken(401), broken(403))
    for _ in range(2):
        said = office.chat(token, f"key {kind}")
        assert (said.status, said.code) == (502, "key")


@KINDS
def test_a_request_that_a_provider_refuses_is_not_made_again(office: Office, kind: str) -> None:
    """400 with its words, without a retry and without another deployment."""
    office.levels(office.model("retries: 2", kind), office.model())
    _, token = office.new()
    office.provider.script(f"bad {kind}", broken(400))
    said = office.chat(token, f"bad {kind}")
    assert (said.status, said.code) == (400, "request")
    assert "scripted 400" in said.json["error"]["message"]
    assert len(office.provider.of(f"bad {kind}")) == 1


def test_a_prompt_that_is_too_long_is_told_from_a_wrong_one(office: Office) -> None:
    """400 context, by what the provider says; one with a larger window is tried."""
    words = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
    body = json.dumps({"error": {"message": words, "type": "invalid_request_error", "code": "context_length_exceeded"}})
    office.levels(office.model(), office.model())
    _, token = office.new()
    office.provider.script("long", Turn(status=400, raw=body), Turn(status=400, raw=body))
    said = office.chat(token, "long")
    assert (said.status, said.code) == (400, "context"), said.raw
    assert "maximum context length" in said.json["error"]["message"]
    assert len(office.provider.of("long")) == 2


def test_a_server_that_is_not_there_is_a_failure_that_costs_nothing(office: Office) -> None:
    """Connection refused: 502, and nothing is charged, for nothing was sent."""
    office.levels("{model: openai/absent, base_url: 'http://127.0.0.1:9/v1', retries: 0, price: {input: 1, output: 1}}")
    session, token = office.new()
    said = office.chat(token, "nobody home")
    assert (said.status, said.code) == (502, "provider")
    (line,) = office.lines(session)
    assert (line["outcome"], line["prompt_tokens"], line["cost"]) == ("error", 0, 0.0)


def test_a_deployment_that_failed_rests_while_there_is_another(office: Office) -> None:
    """The next call begins with the one that works; alone, it is asked all the same."""
    office.levels(office.model(), office.model())
    _, token = office.new()
    office.provider.script("rests", broken(), say("a"), say("b"))
    assert [office.chat(token, "rests").json["scope"]["deployment"] for _ in range(2)] == ["0/1", "0/1"]
    office.levels(office.model())
    office.provider.script("all alone", broken(), say("c"))
    assert office.chat(token, "all alone").status == 502
    assert office.chat(token, "all alone").text == "c"


def test_a_quota_is_spent_first_and_then_the_next(office: Office) -> None:
    """What is paid for already comes before the list's order, for as long as there is some left."""
    office.levels(office.model(), office.model("quota: {calls: 2, per: week}"))
    _, token = office.new()
    office.provider.script("quota", *[say("x")] * 4)
    used = [office.chat(token, "quota").json["scope"]["deployment"] for _ in range(4)]
    assert used == ["0/1", "0/1", "0/0", "0/0"]


def test_calls_wait_for_a_place_and_none_is_refused(office: Office) -> None:
    """`parallel: 2`: six calls at once are served two at a time."""
    office.levels(office.model("parallel: 2"))
    _, token = office.new()
    office.provider.script("crowd", *[say("x", delay_s=0.05)] * 6)
    answers: list[int] = []

    def ask() -> None:
        answers.append(office.chat(token, "crowd").status)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(seen.at for seen in office.provider.of("crowd"))
    assert answers == [200] * 6
    # Of any three calls, the third came only when one of the two before it was answered.
    assert all(third - first >= 0.05 for first, third in zip(times, times[2:], strict=False))


def test_a_pace_of_our_own_goes_on_to_the_next_and_then_says_until_when(office: Office) -> None:
    """`rpm: 1`: the second call goes to the next deployment, the third hears when the minute is over."""
    office.levels(office.model("rpm: 1"), office.model("rpm: 1"))
    _, token = office.new()
    office.provider.script("pace", say("a"), say("b"))
    used = [office.chat(token, "pace").json["scope"]["deployment"] for _ in range(2)]
    assert used == ["0/0", "0/1"]
    said = office.chat(token, "pace")
    assert (said.status, said.code) == (429, "rate_limit")
    assert 50 < int(said.headers["retry-after"]) <= 60
    assert len(office.provider.of("pace")) == 2


def test_failures_are_in_the_log(office: Office) -> None:
    """A person finds in run/router.log which deployment failed, and how."""
    office.levels(office.model())
    session, token = office.new()
    office.provider.script("logged", broken())
    office.chat(token, "logged", identity=f"{session}/1/1.1")
    until(lambda: f"{session}/1/1.1 at 0/0: provider" in office.log())
