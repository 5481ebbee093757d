"""Tables are written into their marked places, and nothing else of a page is touched."""

from pathlib import Path

from devtools.schemas import read_api
from devtools.schemas.doc_tables import filled_pages
from tests.template.template import PATH

_EVENTS = {
    "SessionEnded": {"description": "It ended,\nor | not.", "properties": {"eventId": {"description": "Its id."}}}
}
_PLACE = "<!-- table: {} (written by `make schemas`) -->\n{}\n<!-- end of table -->"


def test_each_marked_place_gets_its_table_and_the_text_between_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        f"# Head\n\n{_PLACE.format('events', '')}\n\nBetween.\n\n{_PLACE.format('event_fields', 'old')}\n\nEnd.\n"
    )
    (tmp_path / "plain.md").write_text("No table.\n")

    filled = filled_pages(tmp_path, PATH, read_api(), _EVENTS)

    row = "| [`SessionEnded`](api-reference.html#event-SessionEnded) | It ended, or &#124; not. |"
    events = f"| event | when |\n|---|---|\n{row}"
    fields = "| field | meaning |\n|---|---|\n| `eventId` | Its id. |"
    tables = [_PLACE.format(name, f"\n{table}\n") for name, table in [("events", events), ("event_fields", fields)]]
    assert filled == {page: f"# Head\n\n{tables[0]}\n\nBetween.\n\n{tables[1]}\n\nEnd.\n"}


def test_every_mark_of_a_table_in_the_documents_has_its_end() -> None:
    texts = {path: path.read_text() for path in (PATH.parent / "docs").rglob("*.md")}

    assert {
        path: text for path, text in texts.items() if text.count("<!-- table: ") != text.count("<!-- end of table -->")
    } == {}
