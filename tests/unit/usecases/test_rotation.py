"""A rotation of the signing key: what was handed out before, meanwhile and after it works everywhere."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from reconnect.model.errors import StateInvalid
from reconnect.model.session import Session, Status
from reconnect.model.signing import Link, RedirectState
from reconnect.usecases.signed_urls import SignedUrls
from tests.fakes.builders import SESSION_ID, a_session
from tests.fakes.clock import NOW, Clock
from tests.fakes.keys import FakeKeys
from tests.unit.world import World

CLICKS = 300
END = NOW.replace(microsecond=0) + timedelta(days=7)


@dataclass
class Workers:
    """Lambda environments that read the signing key at different times, from one secret that is rotated."""

    vault: FakeKeys = field(default_factory=lambda: FakeKeys(b"first"))
    rotations: int = 0

    def worker(self) -> SignedUrls:
        return SignedUrls(keys=self.vault.elsewhere(), clock=Clock(), public_base_url="https://api.test")

    def rotate(self) -> None:
        self.rotations += 1
        self.vault.rotate(f"key {self.rotations}".encode())


def a_live_session() -> Session:
    return a_session(Status.AWAITING_USER, link_expires_at=END)


def signed(url: str | None) -> str:
    return str(url).rpartition("/")[2]


def test_every_click_succeeds_during_a_rotation_on_workers_of_all_ages() -> None:
    """Links and redirects signed by any worker, before or after it saw the new key, on any other worker."""
    chance, workers, session = Random(14), Workers(), a_live_session()  # noqa: S311
    fleet = [workers.worker() for _ in range(8)]
    old = [(signed(worker.link(session)), signed(worker.redirect(session, 1))) for worker in fleet]
    workers.rotate()
    accepted = 0
    for _ in range(CLICKS):
        if chance.random() < 0.1:
            # One environment ends, and a new one reads the key.
            fleet[chance.randrange(len(fleet))] = workers.worker()
        signer, clicked = chance.choices(fleet, k=2)
        link, state = chance.choice([*old, (signed(signer.link(session)), signed(signer.redirect(session, 1)))])
        accepted += clicked.read_link(link) == Link(SESSION_ID, END)
        assert clicked.read_redirect(state).session_id == SESSION_ID

    assert accepted == CLICKS


def test_a_key_is_refused_after_the_second_rotation_and_new_links_work() -> None:
    workers, session = Workers(), a_live_session()
    worker = workers.worker()
    link = signed(worker.link(session))
    workers.rotate()
    workers.rotate()
    other = workers.worker()

    assert worker.read_link(signed(other.link(session))).session_id == SESSION_ID
    with pytest.raises(StateInvalid):
        worker.read_link(link)


def test_a_current_link_costs_no_read_of_the_secret() -> None:
    keys = FakeKeys(b"current", b"previous")
    urls = SignedUrls(keys=keys, clock=Clock(), public_base_url="https://api.test")

    urls.read_link(signed(urls.link(a_live_session())))
    urls.read_link(Link(SESSION_ID, END).sign(b"previous"))
    with pytest.raises(StateInvalid):
        urls.read_link(Link(SESSION_ID, NOW - timedelta(days=31)).sign(b"current"))

    assert keys.reads == 0


@pytest.mark.parametrize("purpose", [Link(SESSION_ID, END), RedirectState(SESSION_ID, 1, END)])
def test_no_other_key_and_no_other_purpose_is_accepted_during_a_rotation(purpose: Link | RedirectState) -> None:
    workers = Workers()
    worker = workers.worker()
    workers.rotate()
    forged = purpose.sign(b"another key")
    crossed = purpose.sign(workers.vault.known()[0])

    with pytest.raises(StateInvalid):
        worker.read_link(forged)
    with pytest.raises(StateInvalid):
        worker.read_redirect(forged)
    with pytest.raises(StateInvalid):
        (worker.read_redirect if isinstance(purpose, Link) else worker.read_link)(crossed)


def test_the_api_the_page_and_events_hand_out_a_link_that_works_after_a_rotation() -> None:
    world = World()
    session = world.with_session(Status.AWAITING_USER)
    before = world.service.signed_urls.link(session)
    world.signing_keys.rotate(b"second")
    world.signing_keys.rotate(b"third")
    link = world.service.signed_urls.link(session)

    assert link != before
    assert world.service.connect_page.read(signed(link)).session_id == SESSION_ID
