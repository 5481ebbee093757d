"""A link that travelled by mail: opened if it is certain which one it was, and else explained."""

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconnect.model.errors import LinkCut, LinkExpired, StateInvalid
from reconnect.model.found_links import link_in_path, links_in
from reconnect.model.link_forms import LinkForm, pack, unpack
from reconnect.model.signing import MAX_LINK_LIFETIME, Link
from reconnect.usecases.signed_urls import SignedUrls
from tests.fakes.builders import SESSION_ID, SIGNING_KEY, a_session
from tests.fakes.clock import NOW, Clock
from tests.fakes.keys import FakeKeys

ENDS = NOW.replace(microsecond=0) + timedelta(days=7)
FORMS = st.sampled_from(LinkForm)
IDS = st.binary(min_size=16, max_size=16).map(bytes.hex)
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# What mail clients, text messages and people add at an end of a link, or put where they break it.
BREAKS = ["\n", "\r\n", " ", "%20", "%0D%0A", "\u200b", "%E2%80%8B", "\u00ad", "&shy;", "=\r\n", "\r\n> ", "\t"]
JUNK = [*BREAKS, ".", ",", ")", ">", "&gt;", "%3E", "=", '"', "%22", "'", "\u201d", "\u00bb", "!", "?", "*", "|", "]"]
JUNK += ["...", "\u2026", ";", ":", "~", "_", "/", "//", "%2520"]
FOLLOWED_BY = ["", ") and then", ">Open</a>", "\nThanks, Maple Budget", "|Open the page", "%20Merci"]


def signed_urls(form: LinkForm = LinkForm.LONG) -> SignedUrls:
    return SignedUrls(keys=FakeKeys(SIGNING_KEY), clock=Clock(), public_base_url="https://link.test", form=form)


def found(text: str) -> str:
    return signed_urls().signed_link(links_in(text))


def a_link(form: LinkForm, session_id: str = SESSION_ID) -> str:
    return Link(session_id, ENDS).sign(SIGNING_KEY, form)


@given(
    form=FORMS,
    session_id=IDS,
    before=st.lists(st.sampled_from(JUNK), max_size=3).map("".join),
    after=st.lists(st.sampled_from(JUNK), max_size=4).map("".join),
)
def test_a_link_with_junk_at_its_ends_is_found(form: LinkForm, session_id: str, before: str, after: str) -> None:
    link = a_link(form, session_id)

    assert found(before + link + after) == link


@given(form=FORMS, session_id=IDS, at=st.integers(1, 48), gap=st.lists(st.sampled_from(BREAKS), min_size=1, max_size=3))
def test_a_link_with_a_break_in_it_is_found(form: LinkForm, session_id: str, at: int, gap: list[str]) -> None:
    link = a_link(form, session_id)

    assert found(link[:at] + "".join(gap) + link[at:]) == link


@given(form=FORMS, session_id=IDS, rest=st.sampled_from(FOLLOWED_BY))
def test_a_link_with_the_text_behind_it_is_found(form: LinkForm, session_id: str, rest: str) -> None:
    link = a_link(form, session_id)

    assert found(link + rest) == link


@given(form=FORMS, session_id=IDS, length=st.integers(0, 86), after=st.sampled_from(["", *JUNK]))
def test_a_cut_link_is_said_to_be_cut(form: LinkForm, session_id: str, length: int, after: str) -> None:
    link = a_link(form, session_id)

    with pytest.raises(LinkCut):
        links_in(link[: min(length, len(link) - 1)] + after)


@given(form=FORMS, session_id=IDS)
def test_an_expired_link_is_told_from_a_wrong_one(form: LinkForm, session_id: str) -> None:
    old = Link(session_id, NOW - timedelta(seconds=1)).sign(SIGNING_KEY, form)
    oldest = Link(session_id, NOW - MAX_LINK_LIFETIME - timedelta(seconds=1)).sign(SIGNING_KEY, form)

    assert signed_urls().has_ended(found(f"{old}."))
    assert not signed_urls().has_ended(a_link(form, session_id))
    with pytest.raises(LinkExpired):
        found(f"{oldest}.")


@given(form=FORMS, at=st.integers(0, 48), letter=st.sampled_from(LETTERS), junk=st.sampled_from(["", *JUNK]))
def test_a_link_with_another_letter_in_it_is_never_found(form: LinkForm, at: int, letter: str, junk: str) -> None:
    link = a_link(form)
    changed = link[:at] + letter + link[at + 1 :]

    if changed != link:
        with pytest.raises(StateInvalid):
            found(changed + junk)


@given(text=st.text() | st.text(f"{LETTERS}._-%=/ &;#x", max_size=120))
@example("\ud800%")
@example("é" * 49)
@example("z" * 49)
def test_any_other_text_is_refused_cleanly(text: str) -> None:
    with pytest.raises(StateInvalid):
        found(text)


@given(session_id=IDS, ends_at=st.integers(0, 2**32 - 1), signature=st.binary(min_size=16, max_size=16))
def test_a_short_link_is_read_back_and_has_one_spelling(session_id: str, ends_at: int, signature: bytes) -> None:
    text = pack(session_id, ends_at, signature)

    assert text is not None
    assert len(text) == 49
    assert text.isalnum()
    assert unpack(text) == (session_id, ends_at, signature)


def test_a_number_above_all_short_links_is_none() -> None:
    assert unpack("z" * 49) is None


def test_a_session_id_that_a_short_link_cannot_hold_gets_a_long_one() -> None:
    assert Link("session1", ENDS).sign(SIGNING_KEY, LinkForm.SHORT).startswith("session1.")


def test_a_short_link_fits_into_eighty_characters_on_a_domain() -> None:
    session = a_session(link_expires_at=ENDS)
    urls = SignedUrls(
        keys=FakeKeys(SIGNING_KEY),
        clock=Clock(),
        public_base_url="https://link.example.ca",
        form=LinkForm.SHORT,
    )

    address = urls.link(session)

    assert address == f"https://link.example.ca/c/{a_link(LinkForm.SHORT)}"
    assert len(address) == 75


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/connect/LINK/", "LINK"),
        ("//connect//LINK", "LINK"),
        ("/bank/connect/LINK/", "LINK"),
        ("/c/LINK/status", "LINK/status"),
        ("/connect/", ""),
        ("/conne", ""),
        ("/c", ""),
        ("/", None),
        ("/favicon.ico", None),
        ("/sessions/connection", None),
        ("/sessions/a/c/LINK", None),
    ],
)
def test_the_part_of_a_path_that_should_be_a_link(path: str, text: str | None) -> None:
    assert link_in_path(path) == text
