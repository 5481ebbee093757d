"""The settings of the site, from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Settings:
    """`connect_origin`: where Connect is. `account`: the AWS account whose events count. `queue_url`: none, no events.

    `login_id` is the bank connection of the one user of this example; yours are in your database.
    """

    login_id: str
    connect_origin: str
    account: str
    queue_url: str | None
    state_file: Path
    port: int

    @classmethod
    def from_environment(cls) -> Self:
        """Read the variables that the README lists; raise KeyError, which names the one that is missing."""
        return cls(
            login_id=os.environ["LOGIN_ID"],
            connect_origin=os.environ["CONNECT_ORIGIN"],
            account=os.environ.get("EVENT_ACCOUNT", ""),
            queue_url=os.environ.get("EVENT_QUEUE_URL"),
            state_file=Path(os.environ.get("STATE_FILE", "site.sqlite3")),
            port=int(os.environ.get("PORT", "4700")),
        )
