"""A function that dies at any moment changes no ending, except that an unanswered start may end as uncertain."""

from itertools import cycle

import pytest

from tests.model.nemesis import DEATHS, SCENARIOS, UNCERTAIN, Result, Scenario, expected, play

scenarios = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


@scenarios
def test_an_undisturbed_scenario_ends_as_expected(scenario: Scenario) -> None:
    result = play(scenario)

    assert (result.ending, result.published, result.violations) == (scenario.ends, scenario.publishes, [])


@pytest.mark.slow
@scenarios
def test_a_death_at_any_call_leads_to_the_expected_ending(scenario: Scenario) -> None:
    moments = zip(play(scenario).moments, cycle(DEATHS), strict=False)
    result = {moment: play(scenario, moment, name) for moment, name in moments}

    assert {moment: each.ending for moment, each in result.items()} == {
        moment: expected(moment, scenario.ends) for moment in result
    }
    assert [each.violations for each in result.values() if each.violations] == []
    assert [moment for moment, each in result.items() if not _is_published(scenario, each)] == []


def _is_published(scenario: Scenario, result: Result) -> bool:
    """Whether the events fit the ending; an uncertain start may end before or after ReconnectRequired."""
    if result.ending == UNCERTAIN:
        return result.published in {("SessionFailed",), ("ReconnectRequired", "SessionFailed")}
    return result.published == scenario.publishes
