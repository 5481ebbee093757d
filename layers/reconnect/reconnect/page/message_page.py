"""A page with a single sentence, such as the one after the bank's redirect. It has no script and loads nothing."""

from html import escape

from reconnect.views.sentences import sentence

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{text}</title>
<style>
body{{font:1.2rem/1.5 system-ui,sans-serif;margin:20vh auto 0;max-width:32rem;padding:0 1rem}}
h1{{font:inherit}}
</style>
</head><body><main><h1>{text}</h1></main></body></html>
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def render_message_page(sentence_name: str, language: str | None) -> tuple[str, dict[str, str]]:
    """Render a page that shows one sentence in the user's language; return it with its headers."""
    text = escape(sentence(sentence_name, language))
    page = _PAGE.format(language=language or "en", text=text)
    return page, {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _POLICY}
