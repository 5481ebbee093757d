"""What a simulator can be told when it is made."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """The defaults fit a developer's machine; `polls_renew` settles a point the public sources leave open."""

    customer_id: str = "43387ca6-0391-4c82-857d-70d95f087ecb"
    secret: str = "simulator-secret"  # noqa: S105 - a stand-in that opens nothing but this simulator
    pending_polls: int = 1
    summary_pending: int = 0
    detail_pending: int = 2
    polls_renew: bool = True
    require_connect_token: bool = False
    seed: int | None = None
