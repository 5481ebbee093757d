"""A page to print: one HTML file without scripts or anything that is loaded."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:11pt/1.4 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.2rem .4rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}code{font-size:9pt}"
    ".entries td:not(:last-child),.entries th{white-space:nowrap}"
)
_TITLES = {"session": "Evidence of a session", "erasure": "Receipt of an erasure"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page_of(document: Mapping[str, Any]) -> str:
    """The document as HTML; every value in it is escaped."""
    header = document["header"]
    title = _TITLES.get(header["kind"], "Evidence")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{title}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            f"<p>The digest of the file is <code>{_text(document['sha256'])}</code>. "
            "<code>reconnect evidence verify FILE --expect DIGEST</code> checks the file; "
            "this page is a copy for people.</p>",
            "<table>",
            *_rows(header),
            '</table><h2>Entries</h2><table class="entries">',
            "<tr><th>number</th><th>when (UTC)</th><th>what</th><th>details</th></tr>",
            *(_entry(number, entry) for number, entry in enumerate(document["entries"], start=1)),
            "</table></body></html>",
            "",
        ]
    )


def _rows(header: Mapping[str, Any]) -> Iterator[str]:
    for name, value in header.items():
        if name != "sha256":
            yield f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>"


def _entry(number: int, entry: Mapping[str, Any]) -> str:
    shown = {name: value for name, value in entry.items() if name not in {"kind", "at", "sha256"}}
    details = "<br>".join(f"{_text(name)}: {_text(value)}" for name, value in shown.items())
    return (
        f"<tr><td>{number}</td><td>{_text(entry.get('at'))}</td><td>{_text(entry['kind'])}</td><td>{details}</td></tr>"
    )


def _text(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case list():
            return "<br>".join(map(_text, value)) or "-"
        case dict():
            return ", ".join(f"{_text(name)} {_text(inner)}" for name, inner in value.items()) or "-"
    return escape(str(value))
