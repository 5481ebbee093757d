"""Flinks, scripted: each call returns the answers that the test gave for it, and repeats the last one."""

from typing import Any

from reconnect.model.institution import Listing
from reconnect.model.options import DEFAULT_OPTIONS, ReadOptions
from reconnect.model.outcomes import FlinksReply
from tests.fakes.builders import a_data_reply, a_reply

Answer = FlinksReply | tuple[Listing, ...] | Exception


class FakeFlinks:
    """The port `Flinks`. By default a start is accepted, the attempt is running, and the stored data is old."""

    def __init__(self, **script: Answer | list[Answer]) -> None:
        self.calls: list[str] = []
        self.asked_about: list[str] = []
        self.tokens: list[str] = []
        self.options: list[ReadOptions] = []
        self._script: dict[str, list[Answer]] = {
            "start_authorize": [a_reply(202, "OPERATION_PENDING", request_id="11111111-aaaa-4aaa-8aaa-111111111111")],
            "read_authorize": [a_reply(202, "OPERATION_PENDING")],
            "cached_authorize": [a_reply(200, request_id="22222222-bbbb-4bbb-8bbb-222222222222")],
            "get_accounts_summary": [a_data_reply(institution_id=14)],
            "get_accounts_detail": [a_data_reply()],
            "get_accounts_detail_async": [a_data_reply()],
            "delete_card": [a_reply(200)],
            "get_institutions": [a_reply(404)],
        }
        for call, answers in script.items():
            self._script[call] = answers if isinstance(answers, list) else [answers]

    def count(self, call: str) -> int:
        return self.calls.count(call)

    def generate_authorize_token(self) -> str | FlinksReply:
        self.calls.append("generate_authorize_token")
        if self._script.get("generate_authorize_token"):
            return self._next("generate_authorize_token")
        self.tokens.append(f"authorize-token-{len(self.tokens) + 1}")
        return self.tokens[-1]

    def start_authorize(self, login_id: str, authorize_token: str) -> FlinksReply:
        assert authorize_token in self.tokens
        return self._answer("start_authorize", login_id)

    def read_authorize(self, request_id: str) -> FlinksReply:
        return self._answer("read_authorize", request_id)

    def cached_authorize(self, login_id: str) -> FlinksReply:
        return self._answer("cached_authorize", login_id)

    def get_accounts_summary(self, request_id: str) -> FlinksReply:
        return self._answer("get_accounts_summary", request_id)

    def get_accounts_detail(self, request_id: str, options: ReadOptions = DEFAULT_OPTIONS) -> FlinksReply:
        self.options.append(options)
        return self._answer("get_accounts_detail", request_id)

    def get_accounts_detail_async(self, request_id: str) -> FlinksReply:
        return self._answer("get_accounts_detail_async", request_id)

    def delete_card(self, login_id: str) -> FlinksReply:
        return self._answer("delete_card", login_id)

    def get_institutions(self, _seconds: float) -> tuple[Listing, ...] | FlinksReply:
        self.calls.append("get_institutions")
        return self._next("get_institutions")

    def _answer(self, call: str, about: str) -> FlinksReply:
        self.calls.append(call)
        self.asked_about.append(about)
        return self._next(call)

    def _next(self, call: str) -> FlinksReply:
        answers = self._script[call]
        answer: Any = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        found: FlinksReply = answer
        return found
