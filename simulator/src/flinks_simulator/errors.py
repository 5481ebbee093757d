"""The Flinks error codes that this simulator can return."""

# The HTTP status is the newest one in Flinks' documentation; METHOD_NOT_AVAILABLE and
# a few others have none in public, so they use that of similar codes.
ERRORS: dict[str, tuple[int, str]] = {
    "ACCESS_DENIED": (401, "A valid authentication key is needed"),
    "AGGREGATION_ERROR": (500, "Something unexpected went wrong while reading the bank"),
    "ALREADY_AUTHORIZED": (401, "This session is authorized already"),
    "BANK_MAINTENANCE_RETRY_LATER": (401, "The bank is under maintenance"),
    "BANK_MAINTENENACE_RETRY_LATER": (401, "The bank is under maintenance"),
    "CARD_IN_USE": (400, "This card is still being processed"),
    "CODE_OF_A_LATER_VERSION": (401, "Something this version of the documentation does not know"),
    "CONCURRENT_SESSION": (401, "Another session is open for this login"),
    "CUSTOMER_NOT_FOUND": (401, "This customer is not known here"),
    "DISABLED_INSTITUTION": (405, "This institution is not available"),
    "DISABLED_LOGIN": (401, "The bank has disabled this login"),
    "INVALID_LOGIN": (401, "This login is not known here"),
    "INVALID_PASSWORD": (401, "The bank refused the password"),
    "INVALID_REQUEST": (401, "The request is incomplete or malformed"),
    "INVALID_SECURITY_RESPONSE": (401, "The bank refused the answer"),
    "INVALID_SECURITY_RESPONSE_NO_RETRY": (401, "The bank refused the answer and takes no other"),
    "INVALID_USERNAME": (401, "The bank refused the username"),
    "METHOD_NOT_AVAILABLE": (401, "This operation is not enabled for this instance"),
    "NEW_ACCOUNT": (401, "The user must act in online banking first"),
    "NO_BROWSER_AVAILABLE": (401, "Too busy to open a connection"),
    "NO_TRANSACTION": (401, "There are not enough transactions"),
    "QUESTION_NOT_FOUND": (401, "The bank asked a question that has no stored answer"),
    "RETRY_LATER": (401, "The bank cannot be reached now"),
    "SECURITYRESPONSES_INCOMPLETE": (401, "Not every question has an answer"),
    "SESSION_EXPIRED": (401, "This session has expired"),
    "SESSION_NONEXISTENT": (400, "No such session, or it has expired"),
    "TOO_MANY_REQUESTS": (401, "Too many requests; slow down"),
    "UNKNOWN_CHALLENGE_KEY": (401, "An answer is for a question that was not asked"),
    "UNAUTHORIZED": (401, "This session is not authorized"),
}

# As older pages have them [D ERR-old; TOO_MANY_REQUESTS T].
OLD_STATUSES = {"INVALID_LOGIN": 400, "INVALID_REQUEST": 400, "TOO_MANY_REQUESTS": 403}


class BankError(Exception):
    """A refusal with its FlinksCode, and the RequestId if it belongs to an attempt."""

    def __init__(self, code: str, request_id: str | None = None, message: str | None = None) -> None:
        self.code = code
        self.request_id = request_id
        self.http_status, default_message = ERRORS[code]
        self.message = message or default_message
        super().__init__(f"{code}: {self.message}")
