"""In which language a page speaks: `en` or `fr`."""

from reconnect.model.frozen import frozen
from reconnect.model.session import Session

LANGUAGES = ("en", "fr")


@frozen
class Languages:
    """What the user `chosen` on the page, if anything, and what their `browser` prefers."""

    browser: str
    chosen: str | None = None

    def of(self, session: Session | None = None) -> str:
        """Return the user's choice, or else the language that the session's caller named, or else the browser's."""
        return self.chosen or (session and session.language) or self.browser


ENGLISH = Languages("en")
