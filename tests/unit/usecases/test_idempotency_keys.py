"""Idempotency keys: whose they are, and what a rotation or an upgrade does to them."""

from dataclasses import asdict

import pytest

from reconnect.model.errors import IdempotencyConflict
from reconnect.model.idempotency import LIFETIME, Claim, seal_key, seal_request
from reconnect.model.open_request import OpenRequest
from tests.fakes.builders import LOGIN_ID, SESSION_ID, SIGNING_KEY
from tests.unit.world import World

REQUEST = OpenRequest(LOGIN_ID)
OTHER = OpenRequest("11111111-2222-4333-8444-555555555555")
BILLING, LENDING = "arn:aws:iam::123456789012:user/billing", "arn:aws:iam::123456789012:user/lending"

# The fields of a request in release 0.1.0, all of which it sealed.
_FIELDS_THEN = ["login_id", "language", "time_zone", "return_url", "correlation_id", "link_lifetime_hours", "options"]


def claimed_by_release_before(world: World, request: OpenRequest, key: str, session_id: str) -> None:
    digest = seal_request(SIGNING_KEY, {name: asdict(request)[name] for name in _FIELDS_THEN})
    world.claims.claim(Claim(seal_key(SIGNING_KEY, key), digest, session_id, world.clock() + LIFETIME))


def test_each_caller_has_keys_of_their_own(world: World) -> None:
    mine = world.service.open_session(REQUEST, key="api/4711", caller=BILLING).session
    other = world.service.open_session(OTHER, key="api/4711", caller=LENDING).session

    assert other.session_id != mine.session_id
    with pytest.raises(IdempotencyConflict):
        world.service.open_session(OTHER, key="api/4711", caller=BILLING)


def test_no_caller_and_key_are_sealed_like_another_pair() -> None:
    assert seal_key(b"k", "b/c", "user/a") != seal_key(b"k", "c", "user/a/b")
    assert seal_key(b"k", "key", "") != seal_key(b"k", "key")


def test_a_key_finds_its_session_after_a_rotation_of_the_signing_key(world: World) -> None:
    opened = world.service.open_session(REQUEST, key="api/4711", caller=BILLING).session
    for key in (b"second", b"third"):
        world.signing_keys.rotate(key)

    assert world.service.open_session(REQUEST, key="api/4711", caller=BILLING).session.session_id == opened.session_id


@pytest.mark.parametrize("rotations", [0, 1])
def test_a_key_from_before_the_upgrade_finds_its_ended_session(world: World, rotations: int) -> None:
    claimed_by_release_before(world, REQUEST, "api/4711", SESSION_ID)
    ended = world.with_session()
    world.service.close_session(ended.session_id, "BANK_TOO_SLOW")
    for _ in range(rotations):
        world.signing_keys.rotate(b"second")

    found = [world.service.open_session(REQUEST, key="api/4711", caller=BILLING) for _ in range(2)]

    assert [each.session.session_id for each in found] == [SESSION_ID] * 2
    with pytest.raises(IdempotencyConflict):
        world.service.open_session(OTHER, key="api/4711", caller=LENDING)


def test_a_key_from_before_the_upgrade_is_free_after_a_day(world: World) -> None:
    claimed_by_release_before(world, REQUEST, "api/4711", SESSION_ID)
    world.clock.turn(seconds=LIFETIME.total_seconds() + 1)

    assert world.service.open_session(OTHER, key="api/4711", caller=BILLING).session.session_id != SESSION_ID
