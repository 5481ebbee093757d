"""The parts of a page that show who asks: the header, the icon, the contact and the colours."""

from html import escape

from reconnect.model.brand import Brand

# Our own mark where no logo is given.
_SHIELD = (
    '<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false"><path d="M12 2 4 5v6c0 5 3.4 '
    '9.3 8 11 4.6-1.7 8-6 8-11V5z"/><path class="tick" d="m8 12 3 3 5-6"/></svg>'
)
_CONTACT = ("Contact:", "Nous joindre\N{NO-BREAK SPACE}:")
_PRIVACY = ("Privacy", "Confidentialité")
_TERMS = ("Terms", "Conditions")
# What a preview of any link says.
_ABOUT = ("A personal link to confirm a bank connection.", "Un lien personnel pour confirmer une connexion bancaire.")
# What the header says where no brand is given.
_NEUTRAL = ("Secure bank connection", "Connexion bancaire sécurisée")


def header_of(brand: Brand, language: str, reference: str = "") -> str:
    """Return the logo and the name, and below it what the request refers to, as HTML."""
    name = escape(brand.name_in(language) or _NEUTRAL[language == "fr"])
    # The name stands beside the logo, so a screen reader needs no text for the picture.
    logo = f'<img src="{escape(brand.logo)}" alt="">' if brand.logo else _SHIELD
    about = f"<small>{escape(reference)}</small>" if reference else ""
    return f'<p class="brand">{logo}<span>{name}{about}</span></p>'


def icon_of(brand: Brand) -> str:
    """Return the address of the page's icon: the logo, or an empty one, without which browsers ask for a file."""
    return escape(brand.logo or "data:,")


def title_of(brand: Brand, language: str, heading: str) -> str:
    """Return the title: the heading, and who asks."""
    name = brand.name_in(language)
    return f"{heading} · {name}" if name else heading


def style_of(brand: Brand) -> str:
    """Return the brand's colour as CSS. Only buttons and marks have it; text keeps its own well readable colours."""
    if not brand.colour:
        return ""
    return f":root{{--action:{brand.colour};--on-action:{brand.ink};--action-edge:var(--edge);--accent:var(--ink)}}"


def preview_of(brand: Brand, language: str) -> str:
    """Return what a chat or a mail client shows of the link, and the colour of the browser's bar, as HTML.

    It names no bank, no state and no reference: a preview is shown to everyone in the chat. It has no address and no
    picture, which would have to be loaded.
    """
    name = escape(brand.name_in(language) or _NEUTRAL[language == "fr"])
    tags = {"og:type": "website", "og:title": name, "og:site_name": name, "og:description": _ABOUT[language == "fr"]}
    shown = "".join(f'<meta property="{tag}" content="{text}">' for tag, text in tags.items())
    colour = f'<meta name="theme-color" content="{brand.colour}">' if brand.colour else ""
    return f'{shown}<meta name="description" content="{_ABOUT[language == "fr"]}">{colour}'


def contact_of(brand: Brand, language: str) -> str:
    """Return how to reach whoever asks, and their documents, as HTML; empty without any."""
    is_french = language == "fr"
    ways = _links((f"mailto:{brand.support_email}", brand.support_email), (brand.phone_url, brand.support_phone))
    documents = _links((brand.privacy_url, _PRIVACY[is_french]), (brand.terms_url, _TERMS[is_french]))
    lines = [f"{_CONTACT[is_french]} {' · '.join(ways)}"] if ways else []
    return "".join(f"<p>{line}</p>" for line in [*lines, " · ".join(documents)] if line)


def _links(*links: tuple[str, str]) -> list[str]:
    return [
        f'<a href="{escape(address)}" rel="noreferrer">{escape(text)}</a>'
        for address, text in links
        if text and address
    ]
