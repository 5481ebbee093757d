"""The names in the texts of the user's pages: the bank's, and that of the app that asks."""

import re

from reconnect.model.frozen import frozen

# One pass, so that a gap in a name stays text.
_GAP = re.compile(r"\{([Aa]pp|[Bb]ank)\}")
_YOUR_APP = ("your app", "votre application")
_YOUR_BANK = ("your bank", "votre banque")


@frozen
class Names:
    """The app's name and the bank's name, as far as they are known; otherwise the texts say "your app", "your bank"."""

    app: str | None
    bank: str | None
    language: str | None

    def put_into(self, text: str) -> str:
        """Put the names in place of {app} and {bank}; {App} and {Bank} begin a sentence."""
        app = self.app or _YOUR_APP[self.language == "fr"]
        bank = self.bank or _YOUR_BANK[self.language == "fr"]
        names = {"{app}": app, "{App}": _capital(app), "{bank}": bank, "{Bank}": _capital(bank)}
        return _GAP.sub(lambda gap: names[gap[0]], text)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
