"""The directory of institutions [D institutions]."""

from flask import Blueprint, Response, abort, request

from flinks_simulator.context import identify_call_or_fail, the_bank
from flinks_simulator.users import INSTITUTION, INSTITUTION_ID
from flinks_simulator.wire import require_api_key, write_reply

directory = Blueprint("directory", __name__)

# Another one than the test bank, which an instance for real users does not have [I].
_OTHER, _OTHER_ID = "MapleBank", 2
# A name in French only where it differs.
_FRENCH = {_OTHER: "Banque Érable"}
_LONGEST_PAGE = 1000


@directory.get("/Institutions")
def list_institutions() -> Response:
    """List the institutions with their names in both languages and their status [D institutions]."""
    identify_call_or_fail("institutions")
    listed = the_bank().settings.institutions
    if listed == "absent":
        abort(404)
    require_api_key()
    names = {_OTHER_ID: _OTHER} | ({INSTITUTION_ID: INSTITUTION} if listed == "listed" else {})
    skip, take = (request.args.get(name, default, int) for name, default in (("skip", 0), ("take", _LONGEST_PAGE)))
    data = [_describe(*each) for each in sorted(names.items())]
    page = data[max(0, skip) : max(0, skip) + min(max(0, take), _LONGEST_PAGE)]
    return write_reply({"HttpStatusCode": 200, "Data": page, "Count": len(data)})


def _describe(institution_id: int, name: str) -> dict[str, object]:
    address = [{"Type": "Login", "Url": f"https://{name.lower()}.test/"}]
    return {
        "Id": institution_id,
        "Localizations": [
            {"Language": language, "Name": _FRENCH.get(name, name) if language == "fr" else name, "Urls": address}
            for language in ("en", "fr")
        ],
        # Only the test bank's has a switch, so that there is always one that is enabled.
        "Status": the_bank().settings.institution_status if institution_id == INSTITUTION_ID else "Enabled",
        "Country": "CA",
    }
