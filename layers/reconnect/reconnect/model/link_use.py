"""What the links of one login have caused within a day, and a load of Connect that may be repeated."""

from datetime import datetime

from reconnect.model.frozen import frozen


@frozen
class LinkUse:
    """Live attempts that clicks began, and loads of Connect, each of which costs a token, in the day from `since` on.

    `paused_until`: when clicks begin attempts again; None while some are left.
    """

    since: datetime
    attempts: int = 0
    loads: int = 0
    paused_until: datetime | None = None


@frozen
class Load:
    """The last load of Connect for the page: when its token was asked for, and the token, once Flinks has given it.

    `click`: what the page calls the click, so that two devices do not get one token, which is good for one load.
    """

    at: datetime
    token: str | None = None
    click: str | None = None
