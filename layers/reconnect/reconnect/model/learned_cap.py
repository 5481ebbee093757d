"""How many live attempts an institution bears at once, as its refusals have taught."""

from datetime import datetime

from reconnect.model.frozen import frozen


@frozen
class LearnedCap:
    """The cap of the institution with this key; None if nothing was learned.

    `clean`: attempts that ended without a refusal since the cap last grew; `halved_at`: when it was last halved.
    """

    key: str
    cap: int | None = None
    clean: int = 0
    halved_at: datetime | None = None
