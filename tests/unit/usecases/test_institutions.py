"""Which bank: it is named wherever it is known, linked to where the user must go there, and not tried if it is off."""

from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import RecordUnreadable, StoreUnavailable
from reconnect.model.failures import Owner
from reconnect.model.institution import Directory, Institution, Listing
from reconnect.model.languages import Languages
from reconnect.model.outcomes import Outcome
from reconnect.model.session import Session, Status
from reconnect.views.event_detail import detail
from reconnect.views.session_view import show
from tests.fakes.builders import SESSION_ID, a_refreshed_reply, a_reply, a_session
from tests.fakes.clock import NOW
from tests.fakes.directories import FakeDirectories
from tests.fakes.flinks import FakeFlinks
from tests.unit.world import World

NAMES = {"en": "Maple Bank", "fr": "Banque Érable"}
SITES = {"en": "https://maple.test/en", "fr": "https://maple.test/fr"}
BANK = Institution(14, "FlinksCapital")
HOUR = timedelta(hours=1)


def a_world(*, status: str = "Enabled", read_at: Any = NOW, flinks: FakeFlinks | None = None) -> World:
    listed = Directory(read_at, {14: Listing(14, NAMES, SITES, status)})
    return World(directories=FakeDirectories(listed), flinks=flinks or FakeFlinks())


def view(world: World, session: Session, language: str = "en") -> dict[str, Any]:
    return world.service.connect_page.view(session, Languages(language))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_names_the_bank_in_the_users_language(language: str) -> None:
    world = a_world()
    shown = view(world, a_session(Status.AWAITING_USER, known_institution=BANK), language)

    assert shown["institution"] == NAMES[language]
    assert NAMES[language] in shown["sentence"]


def test_without_a_directory_the_bank_has_the_name_of_flinks_replies() -> None:
    world = World(directories=FakeDirectories(None))
    session = a_session(Status.AWAITING_USER, known_institution=BANK)

    assert view(world, session)["institution"] == "FlinksCapital"
    assert show(session)["institution"] == {"id": 14, "names": {"en": "FlinksCapital", "fr": "FlinksCapital"}}


def test_callers_and_events_get_the_same_names() -> None:
    world = a_world()
    session = a_session(Status.AWAITING_USER, known_institution=BANK)
    listing = world.service.institutions(session.institution)

    assert show(session, None, listing)["institution"] == {"id": 14, "names": NAMES}
    assert detail(session, None, listing)["institution"] == {"id": 14, "names": NAMES}
    assert show(a_session(Status.STARTING))["institution"] is None


def test_a_session_without_a_question_tells_the_next_one_its_bank() -> None:
    named = a_reply(200, request_id="r1", institution_id=14, institution="FlinksCapital")
    world = a_world(flinks=FakeFlinks(cached_authorize=named, start_authorize=a_reply(202, request_id="r2")))
    world.with_session(Status.STARTING)

    world.service.start_authorize(SESSION_ID, 1, 0)

    assert world.session.institution == BANK
    ended = world.sessions.save(world.end(world.session, "INVALID_PASSWORD"))
    assert ended.institution == BANK, "a refused sign-in names it"
    assert world.login.settle(ended).institution == BANK


def test_a_refused_sign_in_names_the_bank_that_earlier_sessions_read() -> None:
    world = a_world(flinks=FakeFlinks(cached_authorize=a_reply(401, "INVALID_PASSWORD")))
    world.with_session(Status.AUTHORIZING, known_institution=BANK)

    session = world.ask(Ask.SIGN_IN)

    assert view(world, session, "fr")["institution"] == "Banque Érable"
    assert session.attempt is not None and session.attempt.institution_id == 14, "Connect opens at this bank"
    assert "cached_authorize" not in world.flinks.calls, "what is known is not asked again"


def test_data_names_a_bank_that_was_not_known() -> None:
    session = a_session(Status.FETCHING).told(Institution(None, "Maple Bank"))

    assert session.institution == Institution(None, "Maple Bank")
    assert session.told(Institution(14, None)).institution == Institution(14, "Maple Bank")
    assert session.told(Institution()).institution == Institution(None, "Maple Bank"), "silence changes nothing"


@pytest.mark.parametrize("code", ["NEW_ACCOUNT", "DISABLED_LOGIN"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_who_must_act_at_the_bank_gets_a_link_to_its_own_site(code: str, language: str) -> None:
    world = a_world()
    session = a_session(Status.AUTHORIZING, known_institution=BANK)

    assert view(world, session, language)["bankUrl"] is None
    assert view(world, world.end(session, code), language)["bankUrl"] == SITES[language]
    assert view(world, world.end(session, "CANCELLED"), language)["bankUrl"] is None


def test_the_directory_is_read_once_an_hour_and_never_from_flinks() -> None:
    world = a_world()
    institutions = world.service.institutions

    for _ in range(59):
        assert institutions(BANK) is not None
        world.clock.turn(minutes=1)
    assert institutions(None) is None
    assert (world.directories.reads, world.flinks.calls) == (1, [])

    world.clock.turn(minutes=1)
    institutions(BANK)
    assert world.directories.reads == 2


@pytest.mark.parametrize("trouble", [StoreUnavailable("GetItem"), RecordUnreadable("a directory")])
def test_a_directory_that_cannot_be_read_disturbs_nothing(trouble: Exception) -> None:
    class Broken(FakeDirectories):
        def get(self) -> Directory | None:
            raise trouble

    world = World(directories=Broken())
    session = a_session(Status.AWAITING_USER, known_institution=BANK)

    assert view(world, session)["institution"] == "FlinksCapital"
    assert not world.service.institutions.is_disabled(BANK)
    assert set(world.counted) == {"DirectoryUnknown"}


def test_a_bank_that_flinks_has_disabled_is_not_tried_and_flinks_is_not_called() -> None:
    world = a_world(status="Disabled")
    world.with_session(Status.STARTING, known_institution=BANK)

    step = world.service.start_authorize(SESSION_ID, 1, 0)

    assert (step.outcome, step.code) == (Outcome.REFUSED, "INSTITUTION_DISABLED")
    assert world.flinks.calls == []


def test_a_disabled_bank_that_only_stored_data_names_gets_no_live_attempt() -> None:
    named = a_reply(200, request_id="r1", institution_id=14, institution="FlinksCapital")
    world = a_world(status="Disabled", flinks=FakeFlinks(cached_authorize=named))
    world.with_session(Status.STARTING)

    assert world.service.start_authorize(SESSION_ID, 1, 0).code == "INSTITUTION_DISABLED"
    assert "start_authorize" not in world.flinks.calls
    assert world.session.attempt is None


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_ending_of_a_disabled_bank_says_so(language: str) -> None:
    world = a_world(status="Disabled")
    ended = world.end(a_session(Status.STARTING, known_institution=BANK, language=language), "INSTITUTION_DISABLED")

    assert ended.failure is not None
    assert (ended.status, ended.failure.code, ended.failure.owner) == (
        Status.FAILED,
        "INSTITUTION_DISABLED",
        Owner.BANK,
    )
    assert NAMES[language] in view(world, ended, language)["heading"]
    assert ended.next_allowed_at is None, "it may be tried again at once"


@pytest.mark.parametrize(
    "given",
    [
        {"status": "Enabled"},
        {"status": "A word that we do not know"},
        {"status": "Disabled", "read_at": NOW - timedelta(days=2)},
    ],
)
def test_doubt_never_keeps_a_bank_from_being_tried(given: dict[str, Any]) -> None:
    world = a_world(**given, flinks=FakeFlinks(start_authorize=a_reply(202, request_id="r2")))
    world.with_session(Status.STARTING, known_institution=BANK)

    assert world.service.start_authorize(SESSION_ID, 1, 0).outcome is Outcome.PENDING
    assert "start_authorize" in world.flinks.calls


def test_the_deployer_chooses_which_statuses_block() -> None:
    world = a_world(status="Maintenance")
    assert not world.service.institutions.is_disabled(BANK)

    world.set(disabled_institution_statuses="Disabled, maintenance")
    assert world.service.institutions.is_disabled(BANK)

    world.set(disabled_institution_statuses="")
    assert not world.service.institutions.is_disabled(BANK)


def test_an_answer_that_came_is_read_although_the_bank_is_disabled_now() -> None:
    world = a_world(status="Disabled", flinks=FakeFlinks(cached_authorize=a_refreshed_reply()))
    before = world.with_session(Status.AWAITING_CLICK, known_institution=BANK)
    assert before.attempt is not None

    step = world.service.start_authorize(SESSION_ID, before.attempt.number + 1, 0)

    assert step.code != "INSTITUTION_DISABLED"
