"""Who asks the user: the name, the look and the contact that the deployer gave, for the pages that a user sees."""

import re
from dataclasses import replace
from typing import Self

from reconnect.model.frozen import frozen
from reconnect.model.session import Session

# Compiled at first use: most deployers give only some of these.
_COLOUR = r"#[0-9a-fA-F]{6}"
_LOGO = r"data:image/(png|svg\+xml|webp);base64,[A-Za-z0-9+/]+=*"
_ADDRESS = r"https://[^\s\"'<>\\]+"
_EMAIL = r"[^\s\"'<>@?&]+@[^\s\"'<>@?&]+"
# Up to here sRGB is linear.
_DARK_CHANNEL = 0.04045
_PHONE = r"\+?[0-9][0-9 ().-]*"


@frozen(kw_only=True)
class Brand:
    """What the deployer gave; an empty field is not shown.

    `colour`: #rrggbb. `logo`: a picture as a base64 data URI, so that the page loads nothing. Addresses are https.
    """

    name: str = ""
    name_french: str = ""
    colour: str = ""
    logo: str = ""
    support_email: str = ""
    support_phone: str = ""
    privacy_url: str = ""
    terms_url: str = ""

    def faults(self) -> dict[str, str]:
        """Map each malformed field to what it must be."""
        values = {name: getattr(self, name) for name in _FORMS}
        return {
            name: form
            for name, (pattern, form) in _FORMS.items()
            if values[name] and not re.fullmatch(pattern, values[name])
        }

    def name_in(self, language: str | None) -> str:
        """Return the name in this language (`en` or `fr`); empty without a brand."""
        return self.name_french or self.name if language == "fr" else self.name

    def of(self, session: Session) -> Self:
        """Return the brand with the names that the session's caller gave, if any; the rest is the deployer's."""
        if session.brand_name:
            return replace(self, name=session.brand_name, name_french=session.brand_name_french or "")
        return replace(self, name_french=session.brand_name_french) if session.brand_name_french else self

    @property
    def support_url(self) -> str:
        """Where the contact button leads: a mail, or else a call; empty without a contact."""
        return f"mailto:{self.support_email}" if self.support_email else self.phone_url

    @property
    def phone_url(self) -> str:
        """The address that calls the phone number; empty without one."""
        return f"tel:{re.sub('[^+0-9]', '', self.support_phone)}" if self.support_phone else ""

    @property
    def ink(self) -> str:
        """Black or white, whichever is easier to read on the colour: its contrast is 4.58 at least (WCAG asks 4.5)."""
        return "#fff" if _contrast_with_white(self.colour) >= _contrast_with_black(self.colour) else "#000"


NO_BRAND = Brand()

_FORMS = {
    "colour": (_COLOUR, "a colour such as #0b6652"),
    "logo": (_LOGO, "a PNG, SVG or WebP picture as a base64 data URI"),
    "support_email": (_EMAIL, "a mail address"),
    "support_phone": (_PHONE, "a phone number such as +1 800 555 0100"),
    "privacy_url": (_ADDRESS, "an https address"),
    "terms_url": (_ADDRESS, "an https address"),
}


def _luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb, 0 to 1, as WCAG 2.2 defines it."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    """Return the light of a channel of sRGB, both 0 to 1."""
    return channel / 12.92 if channel <= _DARK_CHANNEL else ((channel + 0.055) / 1.055) ** 2.4


def _contrast_with_white(colour: str) -> float:
    return 1.05 / (_luminance(colour) + 0.05)


def _contrast_with_black(colour: str) -> float:
    return (_luminance(colour) + 0.05) / 0.05
