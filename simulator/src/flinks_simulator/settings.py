"""The settings of a simulator."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Settings:
    """The defaults fit a developer's machine. Those from `authorize_async` on, `polls_renew`, `webhook_header` and what
    is required decide points that the public sources leave open; forms.py describes them.

    How long the bank takes is a number of 202 replies, a number of seconds, or both: the verdict comes after
    `pending_polls` of them and not before `pending_seconds` from the start; the detail of the accounts after
    `detail_pending` and not before `detail_pending_seconds` from the authorization.

    `x_api_key`, if set, is required on every data call. A dripping reply pauses `drip_pause_seconds` of real time
    between its pieces. The banking API refuses what is more than `requests_per_second`, with TOO_MANY_REQUESTS. Without
    a `seed`, every run has different ids.
    """

    customer_id: str = "43387ca6-0391-4c82-857d-70d95f087ecb"
    secret: str = "simulator-secret"  # noqa: S105 - a stand-in, valid only for this simulator
    api_secret: str = "simulator-api-secret"  # noqa: S105 - as above
    x_api_key: str | None = None
    require_authorize_token: bool = True
    require_connect_token: bool = False
    token_lifetime: timedelta = timedelta(minutes=15)
    pending_polls: int = 1
    pending_seconds: float = 0
    summary_pending: int = 0
    detail_pending: int = 2
    detail_pending_seconds: float = 0
    statements_pending: int = 0
    polls_renew: bool = True
    drip_pause_seconds: float = 0.5
    requests_per_second: float | None = None
    webhook_url: str | None = None
    webhook_secret: str | None = None
    webhook_header: str = "flinks-authenticity-key"
    seed: int | None = None
    authorize_async: str = "active"
    status_calls: frozenset[str] = frozenset({"post", "get"})
    require_status_token: bool = False
    data_polls: frozenset[str] = frozenset({"GET", "POST"})
    connect_paths: frozenset[str] = frozenset({"/v2/", "/"})
    connect_host: str | None = None
    connect_frame_ancestors: str | None = None
    has_old_statuses: bool = False
    repeats_status: bool = True
    institutions: str = "listed"
    institution_status: str = "Enabled"
    clock_ahead_seconds: float = 0
