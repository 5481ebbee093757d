"""The README's Python integration, run as it is printed there."""

import re
from typing import Any

import pytest

from devtools.service import PROJECT, Service
from tests.system.support import a_login, a_user_at, listening, receive, wait_until

_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_the_readme_integration_refreshes_a_login(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = service.engine.credentials
    monkeypatch.setenv("API", service.api.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credentials.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", credentials.region)
    sent: dict[str, str] = {}
    saved: dict[str, list[Any]] = {}
    code: dict[str, Any] = {
        "send_to_customer": lambda correlation_ids, link: sent.update(dict.fromkeys(correlation_ids, link)),
        "save": lambda correlation_ids, accounts: saved.update(dict.fromkeys(correlation_ids, accounts)),
    }
    [source] = _PYTHON.findall((PROJECT / "README.md").read_text())
    exec(source, code)  # noqa: S102 - the README is ours

    with listening(service, "readme", '{"detail": {"correlationIds": ["billing:readme"]}}') as queue:
        session_id = code["refresh"](a_login(service, "Greatday"), "readme")
        code["handler"](receive(service, queue), None)
        link = sent["billing:readme"]
        a_user_at(wait_until(service, session_id, "AWAITING_USER")).answer_correctly()
        code["handler"](receive(service, queue), None)

    assert link == f"{service.api.url}/connect/{link.rpartition('/')[2]}"
    assert len(saved["billing:readme"]) > 0
