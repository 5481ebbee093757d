"""The contract of every store of idempotency keys: the first claim counts, for a day."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconnect.model.idempotency import LIFETIME, Claim
from reconnect.ports import Claims
from tests.contract.at_once import at_once
from tests.fakes.clock import NOW, Clock

FIRST = Claim(key="api/a-key", digest="a-digest", session_id="one", expires_at=NOW.replace(microsecond=0) + LIFETIME)
LATER = replace(FIRST, session_id="two", expires_at=FIRST.expires_at + timedelta(hours=1))


def test_the_first_claim_of_a_key_wins(claims: Claims) -> None:
    assert claims.claim(FIRST) == FIRST


def test_claiming_a_taken_key_returns_the_existing_claim(claims: Claims) -> None:
    claims.claim(FIRST)

    assert claims.claim(LATER) == FIRST
    assert claims.claim(replace(LATER, digest="another")) == FIRST
    assert claims.claim(FIRST) == FIRST


@pytest.mark.parametrize("key", ["", "api/A-KEY", "event/a-key", "é" * 255, "api/a-key "])
def test_two_keys_are_claimed_independently(claims: Claims, key: str) -> None:
    claims.claim(FIRST)

    another = replace(FIRST, key=key, session_id="two")
    assert claims.claim(another) == another
    assert claims.claim(replace(LATER, session_id="three")) == FIRST


def test_a_claim_is_valid_until_its_end(claims: Claims, clock: Clock) -> None:
    claims.claim(FIRST)
    clock.now = FIRST.expires_at

    assert claims.claim(LATER) == FIRST


def test_a_claim_past_its_end_gives_way_to_the_next(claims: Claims, clock: Clock) -> None:
    claims.claim(FIRST)
    clock.now = FIRST.expires_at + timedelta(seconds=1)

    assert claims.claim(LATER) == LATER
    assert claims.claim(replace(LATER, session_id="three")) == LATER


def test_a_settled_key_names_the_session_that_was_joined(claims: Claims) -> None:
    settled = replace(claims.claim(FIRST), session_id="live", joined=True)

    claims.settle(settled)

    assert claims.claim(LATER) == settled


def test_settling_a_key_does_not_extend_it(claims: Claims, clock: Clock) -> None:
    claims.claim(FIRST)
    clock.turn(hours=1)
    claims.settle(replace(claims.claim(LATER), session_id="live"))
    clock.now = FIRST.expires_at + timedelta(seconds=1)

    assert claims.claim(LATER) == LATER


def test_a_key_that_another_request_claimed_since_is_not_settled(claims: Claims, clock: Clock) -> None:
    claims.claim(FIRST)
    clock.now = FIRST.expires_at + timedelta(seconds=1)
    another = claims.claim(replace(LATER, digest="another"))

    claims.settle(replace(FIRST, session_id="live"))

    assert claims.claim(replace(LATER, session_id="three")) == another


def test_the_key_of_an_erased_session_is_claimed_again_once(claims: Claims) -> None:
    claims.claim(FIRST)

    assert claims.claim(LATER, "one") == LATER
    assert claims.claim(replace(LATER, session_id="three"), "one") == LATER
    assert claims.claim(replace(LATER, session_id="three")) == LATER


def test_the_key_of_a_session_that_was_not_erased_is_kept(claims: Claims) -> None:
    claims.claim(FIRST)

    assert claims.claim(LATER, "another") == FIRST


def test_one_of_many_callers_gets_the_key_of_an_erased_session(claims: Claims) -> None:
    claims.claim(FIRST)

    stored = at_once(lambda number: claims.claim(replace(LATER, session_id=f"session-{number}"), "one").session_id)

    assert set(stored) == {claims.claim(FIRST).session_id}


def test_a_key_is_looked_up_without_claiming_it(claims: Claims, clock: Clock) -> None:
    assert claims.find(FIRST.key) is None
    claims.claim(FIRST)

    assert claims.find(FIRST.key) == FIRST
    clock.now = FIRST.expires_at + timedelta(seconds=1)
    assert claims.find(FIRST.key) is None
