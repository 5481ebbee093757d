"""The client for backends: what it repeats, what it raises, and which events it believes."""

from contextlib import nullcontext
from typing import Any

import pytest
from botocore.credentials import Credentials

from reconnect.adapters.event_bus import SOURCE
from reconnect.model.session import Status
from reconnect_client import Api, ApiProblem, Client, Misconfigured, NoAnswer, NotOurEvent, StillWaiting, parse_event
from reconnect_client.api import Reply

LOGIN_ID = "ec992039-f5a6-555f-ba96-ddf9dc8a44fa"
THROTTLED = ApiProblem(429, {"message": "Too Many Requests"}, retry_after=7)
COOLING = ApiProblem(429, {"code": "cooldown", "nextAllowedAt": "2026-03-14T09:27:41Z"}, retry_after=60)
BUSY = ApiProblem(503, {"code": "busy"})
LOST = NoAnswer("not within 30 seconds")
EVENT = {
    "source": SOURCE,
    "detail-type": "SessionSucceeded",
    "detail": {"eventId": "abc.7", "sessionId": "abc", "sequence": 7},
}


class AnApi(Api):
    """Gives these answers in turn, and keeps the keys of requests to open a session."""

    def __init__(self, *answers: Any) -> None:
        super().__init__("http://127.0.0.1:1", Credentials("a", "b"), "ca-central-1")
        self.answers, self.keys = list(answers), list[str | None]()

    def open_session(self, idempotency_key: str | None = None, **request: Any) -> Reply:
        assert request == {"loginId": LOGIN_ID}
        self.keys.append(idempotency_key)
        return Reply(202, self._next())

    def read_session(self, session_id: str) -> dict[str, Any]:
        return {"sessionId": session_id, "status": self._next(), "link": "https://connect.example"}

    def open_batch(self, idempotency_key: str | None = None, **_: Any) -> dict[str, Any]:
        self.keys.append(idempotency_key)
        return self.read_batch("a batch")

    def add_batch_items(self, batch_id: str, **_: Any) -> dict[str, Any]:
        return self.read_batch(batch_id)

    def read_batch(self, batch_id: str) -> dict[str, Any]:
        return {"batchId": batch_id, "status": self._next(), "totals": {"items": 0}}

    def _next(self) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def a_client(api: Api) -> tuple[Client, list[float]]:
    pauses: list[float] = []
    return Client(api, pause=pauses.append), pauses


def test_repeats_of_an_opening_have_one_key_and_wait_as_the_reply_says() -> None:
    api = AnApi(THROTTLED, BUSY, LOST, {"sessionId": "abc"})
    client, pauses = a_client(api)

    assert client.open(loginId=LOGIN_ID)["sessionId"] == "abc"
    assert pauses == [7, 2, 4]
    assert len(api.keys) == 4
    assert len(set(api.keys) - {None}) == 1


def test_two_openings_have_two_keys_unless_the_caller_gives_one() -> None:
    api = AnApi(*[{"sessionId": "abc"}] * 4)
    client, _ = a_client(api)

    for key in (None, None, "mine", "mine"):
        client.open(key, loginId=LOGIN_ID)

    assert api.keys[0] != api.keys[1]
    assert api.keys[2:] == ["mine", "mine"]


@pytest.mark.parametrize("refusal", [COOLING, ApiProblem(400, {"code": "invalid_request"}), ApiProblem(404, None)])
def test_a_refusal_that_a_repeat_cannot_change_is_raised_at_once(refusal: ApiProblem) -> None:
    client, pauses = a_client(AnApi(refusal))

    with pytest.raises(ApiProblem) as raised:
        client.open(loginId=LOGIN_ID)

    assert pauses == []
    assert raised.value.code == (refusal.body or {}).get("code")


def test_a_service_that_stays_busy_is_reported_after_three_repeats() -> None:
    client, pauses = a_client(AnApi(*[BUSY] * 4))

    with pytest.raises(ApiProblem):
        client.read("abc")

    assert pauses == [1, 2, 4]


def test_waiting_returns_the_ended_session_or_gives_up_in_time() -> None:
    client, _ = a_client(AnApi("STARTING", "AUTHORIZING", "STALE"))
    assert client.wait("abc", patience=60)["status"] == "STALE"

    impatient, _ = a_client(AnApi("AWAITING_USER"))
    with pytest.raises(StillWaiting, match="still AWAITING_USER"):
        impatient.wait("abc", patience=-1)


@pytest.mark.parametrize("status", Status)
def test_waiting_ends_with_each_ending_that_the_service_knows(status: Status) -> None:
    client, _ = a_client(AnApi(str(status)))

    with nullcontext() if status.is_terminal else pytest.raises(StillWaiting):
        assert client.wait("abc", patience=-1)["status"] == status


def test_the_parts_of_a_batch_are_sent_again_until_they_arrive_under_one_key() -> None:
    api = AnApi(LOST, "LOADING", THROTTLED, "LOADING", "RUNNING")
    client, _ = a_client(api)
    sent: list[int] = []

    batch = client.run_batch(
        [{"loginId": LOGIN_ID}] * 2001,
        idempotency_key="night",
        progress=lambda number, _: sent.append(number),
        deadline="2026-03-14T10:00:00Z",
        maxPerInstitution=60,
    )

    assert (batch["status"], api.keys, sent) == ("RUNNING", ["night", "night"], [1000, 2000, 2001])


def test_a_batch_whose_list_is_complete_is_sent_no_more_of_it() -> None:
    api = AnApi("PAUSED")
    client, _ = a_client(api)

    found = client.run_batch(
        [{"loginId": LOGIN_ID}] * 2001, idempotency_key="night", deadline="2026-03-14T10:00:00Z", maxPerInstitution=60
    )

    assert (found["status"], api.answers) == ("PAUSED", [])


def test_waiting_for_a_batch_shows_every_view_and_gives_up_in_time() -> None:
    client, _ = a_client(AnApi("RUNNING", LOST, "PAUSED", "STOPPED"))
    seen: list[str] = []
    ended = client.wait_for_batch("a batch", patience=60, progress=lambda batch: seen.append(batch["status"]))
    assert (ended["status"], seen) == ("STOPPED", ["RUNNING", "PAUSED", "STOPPED"])

    impatient, _ = a_client(AnApi("STOPPING"))
    with pytest.raises(StillWaiting, match="still STOPPING"):
        impatient.wait_for_batch("a batch", patience=-1)


def test_an_event_of_the_service_is_read() -> None:
    event = parse_event(EVENT)

    assert (event.name, event.event_id, event.session_id, event.sequence) == ("SessionSucceeded", "abc.7", "abc", 7)


def test_an_event_of_a_batch_names_it_and_no_session() -> None:
    detail = {"eventId": "abc-FINISHED", "batchId": "abc", "wasKept": True}

    event = parse_event({**EVENT, "detail-type": "BatchFinished", "detail": detail})

    assert (event.event_id, event.batch_id, event.session_id) == ("abc-FINISHED", "abc", None)


@pytest.mark.parametrize(
    "change", [{"source": "else"}, {"detail-type": None}, {"detail": "{}"}, {"detail": {"eventId": "abc.7"}}]
)
def test_an_event_of_another_source_or_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(NotOurEvent):
        parse_event({**EVENT, **change})


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with keys only."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "RECONNECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    return monkeypatch


def test_the_region_comes_from_aws_region_or_the_address(bare: pytest.MonkeyPatch) -> None:
    Api.from_environment("https://abc123.execute-api.ca-central-1.amazonaws.com")

    bare.setenv("AWS_REGION", "ca-central-1")
    Api.from_environment("https://reconnect.example")


@pytest.mark.parametrize(
    ("missing", "url", "named"),
    [
        ("AWS_REGION", "https://reconnect.example", "AWS_REGION"),
        ("AWS_ACCESS_KEY_ID", "https://abc123.execute-api.ca-central-1.amazonaws.com", "AWS_ACCESS_KEY_ID"),
        ("RECONNECT_API_URL", None, "RECONNECT_API_URL"),
        ("RECONNECT_API_URL", "http://reconnect.example", "RECONNECT_API_URL"),
    ],
)
def test_what_is_missing_is_named(bare: pytest.MonkeyPatch, missing: str, url: str | None, named: str) -> None:
    bare.delenv(missing, raising=False)

    with pytest.raises(Misconfigured, match=named):
        Api.from_environment(url)


def test_the_feed_is_read_to_its_end_and_then_from_the_last_cursor() -> None:
    class Feeding(AnApi):
        def read_events(self, **query: Any) -> dict[str, Any]:
            asked.append({name: value for name, value in query.items() if value is not None})
            return dict(self._next())

    asked = list[dict[str, Any]]()
    pages = [{"events": [EVENT], "cursor": "a", "hasMore": True}, {"events": [], "cursor": "b", "hasMore": False}]
    client, pauses = a_client(Feeding(pages[0], BUSY, *pages[1:], pages[1]))

    read = list(client.events(since="2026-03-14T09:26:00Z", limit=2))
    list(client.events(read[-1]["cursor"]))

    assert [page["cursor"] for page in read] == ["a", "b"]
    assert parse_event(read[0]["events"][0]).event_id == "abc.7"
    assert asked == [
        {"from": "2026-03-14T09:26:00Z", "limit": 2},
        {"after": "a", "limit": 2},
        {"after": "a", "limit": 2},
        {"after": "b", "limit": 100},
    ]
    assert pauses == [1]
