"""Our signed URLs: the link for the end user, and the redirect by which Connect sends them back.

They are signed when they are shown, so that each that is handed out works, also after a rotation of the key.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from reconnect.model.errors import SignatureUnknown
from reconnect.model.frozen import frozen
from reconnect.model.link_forms import LinkForm
from reconnect.model.session import Session
from reconnect.model.signing import EVIDENCE_GRACE, MAX_LINK_LIFETIME, Keys, Link, RedirectState
from reconnect.ports import Clock

_Claims = TypeVar("_Claims")

# A link that was sent may live longer than it says, because its session was extended since: at most by this.
_EXTENSION = MAX_LINK_LIFETIME


@frozen(kw_only=True)
class SignedUrls:
    """Signs with the current key, and reads what the current or the previous one signed."""

    keys: Keys
    clock: Clock
    public_base_url: str
    form: LinkForm = LinkForm.LONG

    def link(self, session: Session, form: LinkForm | None = None) -> str | None:
        """Return the address of the end user's page, in the deployer's form; None once the session has ended."""
        return None if session.status.is_terminal else self.address(session.session_id, session.link_expires_at, form)

    def address(self, session_id: str, expires_at: datetime, form: LinkForm | None = None) -> str:
        """Return the address of the page of a session whose link ends, or ended, at this time."""
        signed = Link(session_id, expires_at).sign(self.keys.known()[0], form or self.form)
        # Only the long form has dots.
        return f"{self.public_base_url}/{'connect' if '.' in signed else 'c'}/{signed}"

    def page(self, link: str) -> str:
        """Return the address at which the page of a link is served, whatever address it was opened by."""
        return f"{self.public_base_url}/connect/{link}"

    def redirect(self, session: Session, attempt_number: int) -> str:
        """Return the address to which Connect sends the user back."""
        # A redirect may come late, so it is accepted as evidence for a little longer than the session's link.
        state = RedirectState(session.session_id, attempt_number, session.link_expires_at + EVIDENCE_GRACE)
        return f"{self.public_base_url}/redirect/{state.sign(self.keys.known()[0])}"

    def read_link(self, link: str) -> Link:
        """Return the claims of a link, which may have ended; raise LinkExpired for one that cannot have been extended,
        and StateInvalid for one that is not ours.
        """
        return self._read(lambda keys: Link.verify(link, keys, self.clock() - _EXTENSION))

    def has_ended(self, link: str) -> bool:
        """Return whether a link says that it has ended; its session may have been extended since."""
        return self.read_link(link).expires_at < self.clock()

    def signed_link(self, links: Sequence[str]) -> str:
        """Return the first of these links that we signed, which may have ended; raise as `read_link`."""
        return self._read(lambda keys: Link.first_signed(links, keys, self.clock() - _EXTENSION))

    def read_redirect(self, state: str) -> RedirectState:
        """Return the claims of a redirect; raise StateInvalid."""
        return self._read(lambda keys: RedirectState.verify(state, keys, self.clock()))

    def _read(self, verify: Callable[[Sequence[bytes]], _Claims]) -> _Claims:
        try:
            return verify(self.keys.known())
        except SignatureUnknown:
            # Another environment may have signed it with a key that this one has not read yet.
            return verify(self.keys.again())
