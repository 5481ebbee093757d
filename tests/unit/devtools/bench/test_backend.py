"""The bench's backend survives lost answers, as a caller of the service must."""

from typing import Any

import pytest

from devtools.bench.backend import open_session
from reconnect_client.api import ApiProblem, NoAnswer, Reply

LOST = [NoAnswer("not in 30 s"), ApiProblem(504, None), ApiProblem(503, None)]


class Api:
    """Gives these answers in turn, and keeps the requests."""

    def __init__(self, *answers: Exception | Reply) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str | None, dict[str, Any]]] = []

    def open_session(self, key: str | None = None, **request: Any) -> Reply:
        self.requests.append((key, request))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def opened(api: Api) -> str:
    return open_session(api, "a-login")  # type: ignore[arg-type]


def test_a_request_whose_answer_is_lost_is_repeated_under_its_key() -> None:
    api = Api(*LOST, Reply(202, {"sessionId": "one"}))

    assert opened(api) == "one"
    assert len(api.requests) == 4
    assert [request for _, request in api.requests] == [{"loginId": "a-login"}] * 4
    assert len({key for key, _ in api.requests}) == 1
    assert all(key for key, _ in api.requests)


def test_each_session_is_requested_under_a_key_of_its_own() -> None:
    api = Api(*[Reply(202, {"sessionId": "one"})] * 2)

    for _ in range(2):
        opened(api)

    first, second = (key for key, _ in api.requests)
    assert first != second


def test_a_refusal_is_not_repeated() -> None:
    api = Api(ApiProblem(429, {"title": "Too soon"}), Reply(202, {"sessionId": "one"}))

    with pytest.raises(ApiProblem):
        opened(api)

    assert len(api.requests) == 1


def test_a_service_that_no_longer_answers_ends_the_bench() -> None:
    with pytest.raises(TimeoutError):
        opened(Api(*[NoAnswer("not in 30 s")] * 9))
