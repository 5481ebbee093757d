"""A page with a single message, such as the one after the bank's redirect. It loads nothing."""

from base64 import b64encode
from hashlib import sha256
from html import escape

from reconnect.model.brand import Brand
from reconnect.page.brand_parts import contact_of, header_of, icon_of, preview_of, style_of, title_of
from reconnect.views.user_messages import user_message
from reconnect.views.user_names import Names

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<link rel="icon" href="{icon}">{preview}<title>{title}</title>
<style>
:root{{color-scheme:light dark;--ink:#15231f;--soft:#4a5a55;--ground:#f2f5f4;--paper:#fff;--accent:#0b6652}}
@media(prefers-color-scheme:dark){{:root{{--ink:#ebf2ef;--soft:#b0c0ba;--ground:#0e1513;--paper:#17201d;\
--accent:#74d6b9}}}}
body{{font:1.0625rem/1.55 system-ui,sans-serif;margin:0 auto;max-width:36rem;padding:.5rem 1rem 2rem;color:var(--ink);\
background:var(--ground);overflow-wrap:break-word}}
main{{padding:1.5rem 1.25rem;background:var(--paper);border-radius:1rem}}
h1{{margin:0 0 .5rem;font-size:1.6rem;line-height:1.2}}
p{{margin:0 0 .75rem}}
a{{color:inherit}}
footer{{margin-top:1.25rem;color:var(--soft);font-size:.9375rem}}
.brand{{display:flex;align-items:center;gap:.5rem;margin:.75rem 0 1rem;color:var(--soft);font-weight:600}}
.brand small{{display:block;font-weight:400;overflow-wrap:anywhere}}
.brand img{{height:2.5rem;max-width:10rem}}
.brand svg{{fill:var(--accent);flex:none}}
.brand .tick{{fill:none;stroke:var(--paper);stroke-width:2.2}}
{style}
</style>
</head><body><header>{header}</header><main><h1>{heading}</h1><p>{text}</p></main><footer>{contact}</footer>{script}</body></html>
"""

# Our page notes its address in this tab before Connect takes its place there; only our own origin can read that.
_GO_BACK = (
    'try{const page=sessionStorage.getItem("page");sessionStorage.removeItem("page");if(page)location.replace(page)}'
    "catch{}"
)
_GOES_BACK = {"close_page", "not_finished_page"}
_GO_BACK_HASH = b64encode(sha256(_GO_BACK.encode()).digest()).decode()

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_POLICY_WITH_SCRIPT = f"{_POLICY}; script-src 'sha256-{_GO_BACK_HASH}'"


def render_message_page(
    message_name: str, language: str, brand: Brand, reference: str = ""
) -> tuple[str, dict[str, str]]:
    """Render a page that shows one message in the user's language; return it with its headers.

    `reference`: what the session's caller wants the user to read below the name. After a redirect the page goes back to
    our page, if that was in the same tab.
    """
    message, names = user_message(message_name), Names(brand.name_in(language), None, language)
    heading, goes_back = names.put_into(message.heading_in(language)), message_name in _GOES_BACK
    page = _PAGE.format(
        language=language,
        icon=icon_of(brand),
        title=escape(title_of(brand, language, heading)),
        style=style_of(brand),
        preview=preview_of(brand, language),
        header=header_of(brand, language, reference),
        heading=escape(heading),
        text=escape(names.put_into(message.text_in(language))),
        contact=contact_of(brand, language),
        script=f"<script>{_GO_BACK}</script>" if goes_back else "",
    )
    policy = _POLICY_WITH_SCRIPT if goes_back else _POLICY
    return page, {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
