"""The page and Connect use the person's language, set by the caller or the browser."""

from collections.abc import Callable

from playwright.sync_api import expect

from devtools.service import Service
from tests.browser.support import Person, a_question

Arrive = Callable[..., Person]


def _reconnects_in_french(person: Person) -> None:
    expect(person.page.locator("html")).to_have_attribute("lang", "fr")
    person.sees("Confirmez votre identité")
    person.reads("Votre application vous demande de confirmer votre connexion avec FlinksCapital.")
    person.taps("Continuer vers FlinksCapital")
    person.sees("Confirmez votre identité auprès de FlinksCapital")
    person.sees_connect_say("Votre banque a une question")
    person.answers()
    person.sees("C'est fait, merci")
    person.reads("Vos comptes sont à jour.")


def test_a_session_in_french_is_french_in_an_english_browser(slow_backstop: Service, a_person: Arrive) -> None:
    session = a_question(slow_backstop, language="fr")

    _reconnects_in_french(a_person(locale="en-CA").opens(session["link"]))


def test_without_a_requested_language_the_page_uses_the_browsers(slow_backstop: Service, a_person: Arrive) -> None:
    session = a_question(slow_backstop)

    _reconnects_in_french(a_person(locale="fr-CA").opens(session["link"]))


def test_a_bad_link_is_explained_in_the_language_of_the_browser(slow_backstop: Service, a_person: Arrive) -> None:
    person = a_person(locale="fr-CA").opens(f"{slow_backstop.api.url}/connect/x")

    person.reads("La fin du lien est manquante.")
    expect(person.page.locator("html")).to_have_attribute("lang", "fr")
