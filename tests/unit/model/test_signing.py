"""Signed states: accepted only if ours, unchanged and in time."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from reconnect.model.errors import StateInvalid
from reconnect.model.signing import Link, RedirectState, mac
from tests.fakes.builders import LOGIN_ID, REQUEST_ID, SESSION_ID, SIGNING_KEY
from tests.fakes.clock import NOW

STATE = RedirectState(SESSION_ID, 3, NOW.replace(microsecond=0) + timedelta(days=7))
SIGNED = STATE.sign(SIGNING_KEY)
LINK = Link(SESSION_ID, STATE.expires_at)
SIGNED_LINK = LINK.sign(SIGNING_KEY)


def refuses(state: str, key: bytes = SIGNING_KEY, now: datetime = NOW) -> None:
    for kind in (RedirectState, Link):
        with pytest.raises(StateInvalid):
            kind.verify(state, (key,), now)


@given(
    session_id=st.text("0123456789abcdef", min_size=1, max_size=64),
    attempt=st.integers(1, 10_000),
    seconds=st.integers(0, 10**9),
    key=st.binary(min_size=1),
)
def test_a_signed_state_is_read_back(session_id: str, attempt: int, seconds: int, key: bytes) -> None:
    state = RedirectState(session_id, attempt, NOW.replace(microsecond=0) + timedelta(seconds=seconds + 1))

    assert RedirectState.verify(state.sign(key), (key,), NOW) == state


@given(position=st.integers(0, len(SIGNED) - 1), character=st.characters(codec="utf-8"))
def test_a_state_with_any_character_changed_is_refused(position: int, character: str) -> None:
    assume(SIGNED[position] != character)

    refuses(SIGNED[:position] + character + SIGNED[position + 1 :])


@given(length=st.integers(0, len(SIGNED) - 1))
def test_a_truncated_state_is_refused(length: int) -> None:
    refuses(SIGNED[:length])


@given(text=st.text())
def test_a_made_up_state_is_refused(text: str) -> None:
    refuses(text)


@given(key=st.binary())
def test_a_state_under_another_key_is_refused(key: bytes) -> None:
    assume(key != SIGNING_KEY)

    refuses(SIGNED, key=key)


def test_a_state_is_accepted_until_it_expires() -> None:
    assert RedirectState.verify(SIGNED, (SIGNING_KEY,), STATE.expires_at) == STATE

    refuses(SIGNED, now=STATE.expires_at + timedelta(seconds=1))


def test_a_state_fits_into_one_segment_of_a_url_and_names_no_login() -> None:
    assert SIGNED.replace("-", "").replace("_", "").replace(".", "").isalnum()
    assert not any(secret in SIGNED for secret in (LOGIN_ID, REQUEST_ID))


def test_a_signature_made_for_another_purpose_is_refused() -> None:
    """The key signs `redirect.` and the claims; the bare claims under the same key are another purpose."""
    claims = SIGNED.rpartition(".")[0]
    mac = base64.urlsafe_b64encode(hmac.new(SIGNING_KEY, claims.encode(), hashlib.sha256).digest())

    refuses(f"{claims}.{mac.rstrip(b'=').decode()}")


def test_the_expiry_of_a_state_is_in_utc() -> None:
    assert RedirectState.verify(SIGNED, (SIGNING_KEY,), NOW).expires_at.tzinfo is UTC


@given(session_id=st.text("0123456789abcdef", min_size=1, max_size=64), seconds=st.integers(1, 10**9))
def test_a_signed_link_is_read_back(session_id: str, seconds: int) -> None:
    link = Link(session_id, NOW.replace(microsecond=0) + timedelta(seconds=seconds))

    assert Link.verify(link.sign(SIGNING_KEY), (SIGNING_KEY,), NOW) == link


@given(
    session_id=st.text("0123456789abcdef.", min_size=1, max_size=64),
    attempt=st.integers(1, 10_000),
    key=st.binary(min_size=1),
)
def test_a_token_for_one_purpose_is_refused_for_another(session_id: str, attempt: int, key: bytes) -> None:
    end = NOW + timedelta(days=7)

    with pytest.raises(StateInvalid):
        Link.verify(RedirectState(session_id, attempt, end).sign(key), (key,), NOW)
    with pytest.raises(StateInvalid):
        RedirectState.verify(Link(f"{session_id}.{attempt}", end).sign(key), (key,), NOW)


@given(position=st.integers(0, len(SIGNED_LINK) - 1), character=st.characters(codec="utf-8"))
def test_a_link_with_any_character_changed_is_refused(position: int, character: str) -> None:
    assume(SIGNED_LINK[position] != character)

    refuses(SIGNED_LINK[:position] + character + SIGNED_LINK[position + 1 :])


# A signature proves that we signed, not what; a later version of ours may sign claims of another form.
_CLAIMS = st.lists(st.text("0123456789abcdef-+ _\u0664é", max_size=20) | st.integers().map(str), max_size=5)


@given(claims=_CLAIMS, purpose=st.sampled_from(["link", "redirect"]))
@example(claims=[SESSION_ID, "9" * 30], purpose="link")
@example(claims=[SESSION_ID, "1", "9" * 5000], purpose="redirect")
@example(claims=[SESSION_ID, "-99999999999"], purpose="link")
def test_signed_claims_of_another_form_are_refused_cleanly(claims: list[str], purpose: str) -> None:
    text = ".".join(claims)
    signed = f"{text}.{mac(SIGNING_KEY, purpose, text)}"

    for kind in (RedirectState, Link):
        try:
            accepted = kind.verify(signed, (SIGNING_KEY,), NOW)
        except StateInvalid:
            continue
        assert accepted.expires_at >= NOW


@pytest.mark.parametrize("state", ["\ud800", f"\ud800.{SIGNED}", f"{SIGNED}\udfff", "a.b.\udc80"])
def test_half_of_a_surrogate_pair_is_refused_cleanly(state: str) -> None:
    refuses(state)


def test_a_link_is_accepted_until_it_expires() -> None:
    assert Link.verify(SIGNED_LINK, (SIGNING_KEY,), LINK.expires_at) == LINK

    refuses(SIGNED_LINK, now=LINK.expires_at + timedelta(seconds=1))


def test_a_link_fits_into_one_segment_of_a_url() -> None:
    assert SIGNED_LINK.replace("-", "").replace("_", "").replace(".", "").isalnum()
