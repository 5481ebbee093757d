"""The meaning of each FlinksCode; none is missing."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reconnect
from reconnect.model.failures import Owner
from reconnect.model.outcomes import FAMILIES, RULES, Outcome, classify, known_as
from reconnect.model.reasons import Reason
from reconnect.views.sentences import SENTENCES, sentence
from tests.fakes.builders import a_reply

# Every FlinksCode in Flinks' documents, its SDK and public clients, with its outcome.
FLINKS_CODES = {
    "OK": "AUTHORIZED",
    "CREATED": "AUTHORIZED",
    "INVALID_SECURITY_RESPONSE_NO_RETRY": "ATTEMPT_GONE",
    "BANK_MAINTENENACE_RETRY_LATER": "TRY_LATER",
    "NO_BROWSER_AVAILABLE": "TRY_LATER",
    "CUSTOMER_NOT_FOUND": "MISCONFIGURED",
    "OPERATION_PENDING": "PENDING",
    "OPERATION_DISPATCHED": "PENDING",
    "SESSION_NONEXISTENT": "ATTEMPT_GONE",
    "CARD_IN_USE": "BUSY",
    "ACCESS_DENIED": "MISCONFIGURED",
    "INVALID_LOGIN": "CREDENTIALS_REQUIRED",
    "INVALID_REQUEST": "MISCONFIGURED",
    "INVALID_USERNAME": "CREDENTIALS_REQUIRED",
    "INVALID_PASSWORD": "CREDENTIALS_REQUIRED",
    "INVALID_SECURITY_RESPONSE": "ATTEMPT_GONE",
    "QUESTION_NOT_FOUND": "MFA_REQUIRED",
    "RETRY_LATER": "TRY_LATER",
    "TOO_MANY_REQUESTS": "TRY_LATER",
    "UNKNOWN_CHALLENGE_KEY": "MISCONFIGURED",
    "UNAUTHORIZED": "CREDENTIALS_REQUIRED",
    "NEW_ACCOUNT": "REFUSED",
    "DISABLED_LOGIN": "REFUSED",
    "SESSION_EXPIRED": "ATTEMPT_GONE",
    "CONCURRENT_SESSION": "BUSY",
    "ALREADY_AUTHORIZED": "AUTHORIZED",
    "SECURITYRESPONSES_INCOMPLETE": "MISCONFIGURED",
    "NO_TRANSACTION": "AUTHORIZED",
    "DISABLED_INSTITUTION": "TRY_LATER",
    "AGGREGATION_ERROR": "TRY_LATER",
    "METHOD_NOT_AVAILABLE": "MISCONFIGURED",
    "BANK_MAINTENANCE_RETRY_LATER": "TRY_LATER",
}


@pytest.mark.parametrize("status", [400, 401, 403, 405, 500])
def test_a_flinks_code_means_the_same_under_every_http_status(status: int) -> None:
    verdicts = {code: classify(a_reply(status, code)) for code in FLINKS_CODES}

    assert {code: verdict.outcome for code, verdict in verdicts.items()} == FLINKS_CODES
    assert [code for code, verdict in verdicts.items() if verdict.is_unknown or verdict.code != code] == []


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        (200, "AUTHORIZED", "AUTHORIZED"),
        (201, "AUTHORIZED", "AUTHORIZED"),
        (202, "PENDING", "OPERATION_PENDING"),
        (203, "MFA_REQUIRED", "SECURITY_CHALLENGE"),
    ],
)
def test_an_answer_without_an_error_is_classified_by_its_status(status: int, outcome: str, code: str) -> None:
    verdict = classify(a_reply(status))

    assert (verdict.outcome, verdict.code) == (outcome, code)


@given(status=st.integers(300, 599), code=st.text(min_size=1))
def test_an_unknown_code_is_final_and_never_retried(status: int, code: str) -> None:
    if known_as(code):
        return
    verdict = classify(a_reply(status, code))

    assert verdict.is_unknown
    assert (verdict.outcome, verdict.rule.max_retries, verdict.rule.owner) == (Outcome.REFUSED, 0, Owner.US)


def test_only_a_throttled_call_says_nothing() -> None:
    assert [code for code in RULES if classify(a_reply(401, code)).says_nothing] == ["TOO_MANY_REQUESTS"]


@given(code=st.sampled_from(sorted(FAMILIES)), suffix=st.from_regex(r"[A-Z0-9_]{0,20}", fullmatch=True))
def test_an_unknown_suffix_never_has_more_retries_than_its_family(code: str, suffix: str) -> None:
    verdict = classify(a_reply(401, f"{code}_{suffix}"))
    family = [rule for known, rule in RULES.items() if known.startswith(code)] or [RULES[FAMILIES[code]]]

    assert not verdict.is_unknown
    assert verdict.code == f"{code}_{suffix}", "it is recorded as Flinks sent it"
    assert verdict.rule.max_retries <= min(rule.max_retries for rule in family)


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("INVALID_SECURITY_RESPONSE_ANYTHING", "INVALID_SECURITY_RESPONSE"),
        ("INVALID_PASSWORD_2", "INVALID_PASSWORD"),
        ("SESSION_EXPIRED_EARLY", "SESSION_EXPIRED"),
        ("SESSION_TIMEOUT", "SESSION_EXPIRED"),
        ("RETRY_LATER_TODAY", "RETRY_LATER"),
        ("SYSTEM_UPGRADE_RETRY_LATER", "RETRY_LATER"),
        ("BANK_MAINTENANCE", "BANK_MAINTENANCE_RETRY_LATER"),
        ("DISABLED_CARD", "DISABLED_LOGIN"),
        ("DISABLED_INSTITUTION_TODAY", "DISABLED_INSTITUTION"),
        # The safer one of two families.
        ("INVALID_SECURITY_RESPONSE_RETRY_LATER", "INVALID_SECURITY_RESPONSE"),
    ],
)
def test_an_unknown_code_has_the_rule_of_its_family(code: str, known: str) -> None:
    verdict = classify(a_reply(401, code))

    assert (verdict.code, verdict.known_as, verdict.rule) == (code, known, RULES[known])


@pytest.mark.parametrize("code", ["INVALID_CUSTOMER", "OKAY", "CREATED_ELSEWHERE", "AUTHORIZED", "HTTP_500", ""])
def test_an_unrelated_code_belongs_to_no_family(code: str) -> None:
    assert known_as(code) is None


def test_no_family_includes_a_reason_of_ours() -> None:
    assert {reason for reason in Reason if known_as(reason)} == {"INVALID_LOGIN"}


def test_an_error_without_a_code_is_named_after_its_status() -> None:
    assert classify(a_reply(500)).code == "HTTP_500"


def test_only_busy_outcomes_are_retried_and_at_most_three_times() -> None:
    retried = {rule.outcome for rule in RULES.values() if rule.max_retries}

    assert retried == {Outcome.TRY_LATER, Outcome.BUSY}
    assert all(rule.max_retries for rule in RULES.values() if rule.outcome in retried)
    assert max(rule.max_retries for rule in RULES.values()) <= 3


def test_every_outcome_that_waits_for_the_user_is_owned_by_the_user() -> None:
    waiting = {Outcome.MFA_REQUIRED, Outcome.CREDENTIALS_REQUIRED, Outcome.ATTEMPT_GONE}

    assert all(rule.owner is Owner.USER for rule in RULES.values() if rule.outcome in waiting)


def test_every_sentence_exists_in_both_languages() -> None:
    pairs = {name: (sentence(name, "en"), sentence(name, "fr")) for name in SENTENCES}

    assert [name for name, (english, french) in pairs.items() if english == french] == []
    assert [name for name, pair in pairs.items() if not all(each.endswith(".") for each in pair)] == []


def test_every_sentence_that_a_rule_names_exists() -> None:
    assert {rule.sentence for rule in RULES.values()} <= SENTENCES.keys()


def test_every_sentence_is_used() -> None:
    package = Path(reconnect.__file__).parent
    sources = [file.read_text() for file in package.rglob("*.py") if file.name != "sentences.py"]
    sources += [file.read_text() for file in (package.parents[2] / "functions").rglob("app.py")]
    used = set(re.findall(r'"([a-z_]+)"', "".join(sources)))

    assert SENTENCES.keys() - used == set()


def test_no_refusal_that_could_lock_the_account_is_retried() -> None:
    """After a refused sign-in, a wrong answer or a blocked login another live attempt could lock the account."""
    tried_again = {code for code, rule in RULES.items() if rule.max_retries}

    assert {RULES[code].outcome for code in tried_again} == {Outcome.TRY_LATER, Outcome.BUSY}
    assert not tried_again & {code for code in RULES if code.startswith(("INVALID", "DISABLED_LOGIN", "UNAUTH", "NEW"))}
