"""Whoever dies, whenever: each story ends as it would have, or as the truth then demands."""

from itertools import cycle

import pytest

from tests.model.nemesis import DEATHS, STORIES, UNCERTAIN, Story, Told, expected, play

stories = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)


@stories
def test_undisturbed_a_story_ends_as_it_says(story: Story) -> None:
    told = play(story)

    assert (told.ending, told.published, told.violations) == (story.ends, story.announces, [])


@pytest.mark.slow
@stories
def test_a_story_ends_by_the_table_whatever_call_a_function_dies_at(story: Story) -> None:
    moments = zip(play(story).moments, cycle(DEATHS), strict=False)
    told = {moment: play(story, moment, name) for moment, name in moments}

    assert {moment: each.ending for moment, each in told.items()} == {
        moment: expected(moment, story.ends) for moment in told
    }
    assert [each.violations for each in told.values() if each.violations] == []
    assert [moment for moment, each in told.items() if not _is_announced(story, each)] == []


def _is_announced(story: Story, told: Told) -> bool:
    """Each event once by its id; an uncertain start may come before or after the user was called."""
    if told.ending == UNCERTAIN:
        return told.published in {("SessionFailed",), ("ReconnectRequired", "SessionFailed")}
    return told.published == story.announces
