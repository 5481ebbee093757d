"""Small deliberate bugs, each of which some test must catch.

A mutant is a patch: in `file`, `old` (which stands there exactly once) becomes `new`, and `breaks` is no longer true.
"""

from dataclasses import dataclass

_DOMAIN = "layers/reconnect/reconnect/domain/"
_ADAPTERS = "layers/reconnect/reconnect/adapters/"
_MACHINE = "statemachine/reconnect.asl.json"


@dataclass(frozen=True)
class Mutant:
    """One bug."""

    name: str
    file: str
    old: str
    new: str
    breaks: str


MUTANTS = (
    # One live attempt
    Mutant(
        "a repeated step starts again",
        f"{_DOMAIN}start_authorize.py",
        "session.attempt.number >= attempt_number",
        "session.attempt.number > attempt_number",
        "A StartAuthorize that is run twice begins one attempt.",
    ),
    Mutant(
        "an uncertain start counts as taken",
        f"{_DOMAIN}start_authorize.py",
        """        if attempt.request_id is None:
            raise AttemptUncertain(""",
        """        if attempt.request_id == "":
            raise AttemptUncertain(""",
        "An attempt without a RequestId is not polled as if it had one.",
    ),
    Mutant(
        "a lost start is put off and sent again",
        f"{_DOMAIN}start_authorize.py",
        'raise AttemptUncertain(f"attempt {attempt_number} may be running: {lost}") from lost',
        "return Step.unclear(Outcome.TRY_LATER, 1, 3)",
        "A start whose answer was lost is never repeated.",
    ),
    Mutant(
        "a standing question is overlooked",
        f"{_DOMAIN}start_authorize.py",
        "return verdict if verdict.outcome in _STANDING else None",
        "return None",
        "A click on a question that still stands begins no second attempt.",
    ),
    Mutant(
        "a throttled look at the last attempt lets the next begin",
        f"{_DOMAIN}start_authorize.py",
        'if verdict.code == "TOO_MANY_REQUESTS":\n            raise FlinksUnavailable',
        'if verdict.code == "NEVER":\n            raise FlinksUnavailable',
        "A throttled look says nothing of the last attempt.",
    ),
    Mutant(
        "a throttled look ends the attempt",
        f"{_DOMAIN}poll_authorize.py",
        'return _still(attempt, verdict.code) if verdict.code == "TOO_MANY_REQUESTS" else verdict',
        "return verdict",
        "A throttled look says nothing of the attempt, which lives on.",
    ),
    Mutant(
        "no pause after an end that nobody saw",
        f"{_DOMAIN}cooldowns.py",
        "        if session.status in _AT_THE_BANK:\n            return now",
        "        if session.status in set():\n            return now",
        "After a cancelled or lost attempt the login is left alone until it must be dead.",
    ),
    Mutant(
        "no pause after an attempt that only our clock ended",
        f"{_DOMAIN}cooldowns.py",
        "session.attempt_gone_at if session.status is Status.AWAITING_CLICK else None",
        "None",
        "An attempt that we gave up may live on at Flinks.",
    ),
    Mutant(
        "a pause holds nobody back",
        f"{_DOMAIN}open_session.py",
        "login.session_id is None and login.next_allowed_at and login.next_allowed_at > self._clock()",
        "login.session_id is None and login.next_allowed_at and login.next_allowed_at < self._clock()",
        "Nobody opens a session while the login cools down.",
    ),
    # One session
    Mutant(
        "the loser of a race thinks it won",
        f"{_DOMAIN}open_session.py",
        "        except SessionChanged:\n            return False\n        return True",
        "        except SessionChanged:\n            return True\n        return True",
        "Of many who open at once, one session holds the login.",
    ),
    Mutant(
        "the loser leaves its record behind",
        f"{_DOMAIN}open_session.py",
        "                self._take_back(created)\n                return holder",
        "                return holder",
        "Whoever joins another's session takes its own record back.",
    ),
    Mutant(
        "a joined session that was never started stays so",
        f"{_DOMAIN}open_session.py",
        "if opened.session.status is Status.STARTING:",
        "if opened.session.status is Status.STARTING and not opened.joined:",
        "A session whose opener died is started by the next caller who joins it.",
    ),
    Mutant(
        "a key is honoured for another request",
        f"{_DOMAIN}open_session.py",
        "if standing.digest != asked:",
        "if standing.digest == key:",
        "The same key with another request is a conflict.",
    ),
    Mutant(
        "a key forgets whom it was served by",
        f"{_DOMAIN}open_session.py",
        "if key and (opened.session.session_id, opened.joined) != (claim.session_id, claim.joined):",
        "if key and not opened.session:",
        "The same key finds the same session, also if that had been another's.",
    ),
    Mutant(
        "whoever ends a session frees the next one's login",
        f"{_DOMAIN}login.py",
        "if self.session_id != session.session_id:",
        "if self.session_id is None:",
        "A login that another session holds stays as it is.",
    ),
    Mutant(
        "an ended holder is not replaced",
        f"{_DOMAIN}open_session.py",
        "return login.settle(ended) if ended else replace(login, session_id=None)",
        "return login",
        "A login that an ended session holds is free to the next opener.",
    ),
    # Ends
    Mutant(
        "an ended session moves on",
        f"{_DOMAIN}session.py",
        "if self.status.is_terminal or not (status.is_terminal",
        "if not (status.is_terminal",
        "Nothing leaves a terminal status.",
    ),
    Mutant(
        "an ending ends twice",
        f"{_DOMAIN}endings.py",
        "        if session.status.is_terminal:\n            return session\n        now",
        "        now",
        "A session that has ended stays as it is.",
    ),
    Mutant(
        "data that proves nothing is a success",
        f"{_DOMAIN}pacing.py",
        "reply.last_refresh >= attempt.started_at - self.clock_skew",
        "reply.last_refresh <= attempt.started_at - self.clock_skew",
        "Only data refreshed since the attempt began is called fresh.",
    ),
    Mutant(
        "the links end is not the sessions end",
        f"{_DOMAIN}sweep_sessions.py",
        "if self._clock() >= session.link_expires_at + _GRACE:",
        "if self._clock() >= session.link_expires_at + 100 * _GRACE:",
        "Every session ends within five minutes of its link.",
    ),
    Mutant(
        "a broken execution is waited for",
        f"{_DOMAIN}sweep_sessions.py",
        'case Run.OVER:\n                self._end_truthfully(session, "WORKFLOW_LOST")',
        "case Run.OVER:\n                self._remind_or_wait(session)",
        "A session whose execution broke unheard is ended by the sweeper.",
    ),
    Mutant(
        "an old execution takes the session of the new one with it",
        f"{_DOMAIN}sweep_sessions.py",
        "if not session.status.is_terminal and session.execution_name == execution_name:",
        "if not session.status.is_terminal:",
        "The end of an execution that was taken over ends nothing.",
    ),
    Mutant(
        "a session that nobody holds is started",
        f"{_DOMAIN}sweep_sessions.py",
        "if self._logins.get(session.login_id).session_id != session.session_id:",
        "if self._logins.get(session.login_id).session_id is None:",
        "A record whose opener died before it got the login is discarded.",
    ),
    Mutant(
        "the sweeper does not ask before it gives up",
        f"{_DOMAIN}sweep_sessions.py",
        "is_unclear = session.attempt is not None and",
        "is_unclear = session.data_request_id is not None and",
        "Before a lost session is given up, Flinks is asked once.",
    ),
    # Whoever comes is heard
    Mutant(
        "evidence between two waits is dropped",
        f"{_DOMAIN}waking.py",
        "unheard=not is_heard,",
        "unheard=False,",
        "Evidence that came between two waits is looked into before the next begins.",
    ),
    Mutant(
        "nobody looks after a wake that nobody heard",
        f"{_DOMAIN}waking.py",
        "due_at=min(filter(None, (now.due_at, at + ATTEMPT_DEADLINE))),",
        "due_at=now.due_at,",
        "A session that was called out of its wait is looked after soon.",
    ),
    Mutant(
        "evidence overwrites what came of it",
        f"{_DOMAIN}waking.py",
        "if now.task_token != before.task_token:",
        "if now.task_token == before.connect_url:",
        "Evidence is only noted where the woken state has gone on already.",
    ),
    Mutant(
        "another login wakes",
        f"{_DOMAIN}redirect_webhook.py",
        'Knock("login_changed", "login_changed", output=None, is_other_login=True)',
        'Knock("login_changed", "login_changed", is_other_login=True)',
        "A redirect of another login wakes nobody.",
    ),
    Mutant(
        "a late redirect is not looked into",
        f"{_DOMAIN}redirect_webhook.py",
        "        self._workflow.start_late_read(session)\n",
        "",
        "A redirect after the end has the data read once more.",
    ),
    Mutant(
        "the wait for a click begins over unheard evidence",
        f"{_DOMAIN}build_connect_url.py",
        "seen)\n        self._hear(session)\n        # Exactly",
        "seen)\n        # Exactly",
        "Evidence that came before the wait for a click is looked into first.",
    ),
    Mutant(
        "looks are told twice",
        f"{_DOMAIN}looks.py",
        "if not (entry.looks and entry.at == each.at)]",
        "]",
        "A step that runs twice tells what was seen once.",
    ),
    Mutant(
        "a look hides what happened in its moment",
        f"{_DOMAIN}looks.py",
        "if not (entry.looks and entry.at == each.at)]",
        "if entry.at != each.at]",
        "The timeline loses nothing.",
    ),
    Mutant(
        "the workflow forgets what it saw",
        "layers/reconnect/reconnect/runtime/steps.py",
        "add_look(seen, now(), step.code,",
        "add_look((), now(), step.code,",
        "Each look is told with the next write.",
    ),
    Mutant(
        "a user who comes is looked after by and by",
        f"{_DOMAIN}connect_page.py",
        "if session.status is Status.AWAITING_USER and session.task_token and not was_attended:",
        "if session.status is None:",
        "While a page is open an answer is found within seconds.",
    ),
    Mutant(
        "a visit to the page counts as an answer",
        f"{_DOMAIN}endings.py",
        " and entry.cause != LINK_OPENED)",
        ")",
        "Who only opened the link did not refresh the login.",
    ),
    Mutant(
        "the user is called each time",
        f"{_DOMAIN}build_connect_url.py",
        'return "ReconnectRequired" if session.first_asked_at is None else None',
        'return "ReconnectRequired"',
        "ReconnectRequired goes out once in a session.",
    ),
    Mutant(
        "a question is never given up",
        f"{_DOMAIN}poll_authorize.py",
        "if verdict.outcome in _ASKING and self._pacing.is_over(attempt, self._clock()):",
        "if verdict.outcome in _GOING_ON and attempt.number < 0:",
        "After eight minutes the user may start anew.",
    ),
    Mutant(
        "an answer that was given does not count",
        f"{_DOMAIN}poll_authorize.py",
        "if verdict.outcome not in _GOING_ON and self._pacing.proves(self._cached(session), attempt):",
        "if verdict.outcome in _GOING_ON and self._pacing.proves(self._cached(session), attempt):",
        "Before an attempt is called gone, the data has the last word.",
    ),
    # Events
    Mutant(
        "an event takes its name from the session alone",
        f"{_DOMAIN}announcing.py",
        'f"{session.session_id}.{session.version}"',
        "session.session_id",
        "Each event has an id of its own, the same at every delivery.",
    ),
    Mutant(
        "a refused event is dropped",
        "functions/deliver_events/app.py",
        'return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}',
        "continue",
        "An event that the bus refused comes again.",
    ),
    Mutant(
        "a session that was read announces again",
        f"{_ADAPTERS}dynamodb_sessions.py",
        "return replace(from_item(item), announcement=None)",
        "return from_item(item)",
        "What a write announced goes out once.",
    ),
    # The store
    Mutant(
        "the last writer wins",
        f"{_ADAPTERS}table.py",
        'self.put(item, "version = :read", read=read_version)',
        'self.put(item, "version >= :read", read=read_version)',
        "A write over another writer's is refused.",
    ),
    Mutant(
        "a caller joins what has ended",
        f"{_ADAPTERS}dynamodb_sessions.py",
        '            "live = :live",\n            ids=',
        '            "attribute_exists(pk) OR live = :live",\n            ids=',
        "Nobody joins a session that ends meanwhile.",
    ),
    Mutant(
        "an ended session stays in the index",
        f"{_ADAPTERS}session_items.py",
        '"live": None if session.status.is_terminal else LIVE,',
        '"live": LIVE,',
        "Only live sessions stand in the index of what is due.",
    ),
    Mutant(
        "a wait that is over counts as woken",
        f"{_ADAPTERS}step_functions.py",
        "if failure in _NOBODY_WAITS:\n            return False",
        "if failure in _NOBODY_WAITS:\n            return True",
        "Whoever wakes is told whether anybody waited.",
    ),
    Mutant(
        "a second start of an execution is an error",
        f"{_ADAPTERS}step_functions.py",
        "        except self._client.exceptions.ExecutionAlreadyExists:\n            return\n",
        "",
        "Starting an execution twice is harmless.",
    ),
    # The workflow
    Mutant(
        "the workflow repeats an uncertain start",
        _MACHINE,
        '"ErrorEquals": ["SessionChanged", "StoreUnavailable", "SecretsUnavailable"],',
        '"ErrorEquals": ["SessionChanged", "StoreUnavailable", "SecretsUnavailable", "AttemptUncertain"],',
        "An uncertain start ends the session at once.",
    ),
    Mutant(
        "the backstop ends the session",
        _MACHINE,
        '"ErrorEquals": ["States.Timeout", "UserArrived"],\n          "Next": "PollAuthorize"',
        '"ErrorEquals": ["States.Timeout", "UserArrived"],\n          "Next": "CloseSession"',
        "A lost redirect is found by our own look.",
    ),
    Mutant(
        "a click begins the attempt that has been",
        _MACHINE,
        '"Assign": { "attempt": "{% $attempt + 1 %}", "looks": "{% $looks + 1 %}" },',
        '"Assign": { "attempt": "{% $attempt %}", "looks": "{% $looks + 1 %}" },',
        "A click asks for a new attempt.",
    ),
    Mutant(
        "an attempt that died begins anew by itself",
        _MACHINE,
        """"{% $outcome in ['MFA_REQUIRED', 'CREDENTIALS_REQUIRED', 'ATTEMPT_GONE'] %}",
          "Next": "AwaitClick\"""",
        """"{% $outcome in ['MFA_REQUIRED', 'CREDENTIALS_REQUIRED', 'ATTEMPT_GONE'] %}",
          "Next": "StartAuthorize\"""",
        "A new attempt begins when the user asks for it, and not before.",
    ),
    Mutant(
        "the links end is never looked into",
        _MACHINE,
        '"Assign": { "linkEnded": true },\n          "Next": "FetchAccounts"',
        '"Assign": { "reason": "USER_ABSENT" },\n          "Next": "CloseSession"',
        "A login that was refreshed meanwhile is not called absence.",
    ),
    Mutant(
        "the ending is tried once",
        _MACHINE,
        '"MaxAttempts": 30,',
        '"MaxAttempts": 0,',
        "An ending outlives a hiccup.",
    ),
    Mutant(
        "a step that died is not run again",
        _MACHINE,
        ', "Lambda.Unknown", "Sandbox.Timedout", "States.Timeout"],\n          "IntervalSeconds"',
        '],\n          "IntervalSeconds"',
        "A StartAuthorize that died before it began is run again.",
    ),
    # Results
    Mutant(
        "data is announced that is not stored",
        f"{_DOMAIN}keep_reading.py",
        "None if document is None else self._keep_result(session.session_id, document)",
        "None",
        "A session that says it has data has it.",
    ),
    Mutant(
        "data that nobody wants any more stays",
        f"{_DOMAIN}keep_reading.py",
        "if written.receipt is None or written.receipt.result != result:",
        "if written.receipt is None:",
        "What a cancelled session was about to read is deleted.",
    ),
    Mutant(
        "data that arrives during an erasure stays",
        f"{_DOMAIN}keep_reading.py",
        "except (SessionNotFound, SessionChanged):",
        "except SessionChanged:",
        "Of an erased login nothing stays.",
    ),
    Mutant(
        "a corrected session is corrected again",
        f"{_DOMAIN}keep_reading.py",
        " or session.is_corrected",
        "",
        "SessionCorrected goes out once.",
    ),
    Mutant(
        "data that dies is opened anew without end",
        f"{_DOMAIN}fetch_accounts.py",
        "if session.has_heard(cause):",
        'if session.has_heard("never"):',
        "The cached flow is opened anew once.",
    ),
    Mutant(
        "another login's data is kept",
        f"{_DOMAIN}refresh_dates.py",
        "return all(each is None or each.casefold() == login_id.casefold() for each in said)",
        "return True",
        "Another login's data is refused, wherever it says so.",
    ),
    Mutant(
        "data is kept on the word of an older proof",
        f"{_DOMAIN}fetch_accounts.py",
        "is_fresh = self._dates.proves(reply, session)",
        "is_fresh = True",
        "Data that is older than its proof is not kept.",
    ),
    Mutant(
        "undated data is kept without a proof",
        f"{_DOMAIN}fetch_accounts.py",
        "            is_fresh = self._dates.is_proved(session)\n",
        "            is_fresh = True\n",
        "Nothing is kept that nothing proves.",
    ),
    Mutant(
        "a stuck request is polled to the end",
        f"{_DOMAIN}fetch_accounts.py",
        "if at_hand is not None and polls.fetches % _POLLS_PER_REQUEST:",
        "if at_hand is not None:",
        "Data that stays in preparation is opened anew now and then.",
    ),
    Mutant(
        "the first reply is the last",
        f"{_DOMAIN}fetch_accounts.py",
        "if found.may_come and polls.may_go_on(self._completeness_polls):",
        "if False:",
        "What comes after its accounts is waited for.",
    ),
    Mutant(
        "incomplete data is waited for without end",
        f"{_DOMAIN}pacing.py",
        "return incomplete < most and ",
        "return ",
        "Incomplete data ends as a success that says so.",
    ),
    Mutant(
        "one account vouches for those that had transactions",
        f"{_DOMAIN}completeness.py",
        "if is_all_silent if newest is None else today - newest < _WINDOWS[asked.days_of_transactions]:",
        "if is_all_silent:",
        "An account that had transactions lacks them when it has none.",
    ),
    Mutant(
        "a success never lacks anything",
        f"{_DOMAIN}read_session.py",
        "not session.receipt.is_complete",
        "not session.receipt.fresh",
        "Nobody is told that nothing is left to do while something is missing.",
    ),
    Mutant(
        "a record goes before its data",
        f"{_DOMAIN}erase_login.py",
        "results += self._results.erase(session_id)\n                sessions += self._sessions.erase(session_id)\n",
        "sessions += self._sessions.erase(session_id)\n                results += self._results.erase(session_id)\n",
        "An erasure that failed half-way finds the rest when it is asked again.",
    ),
    Mutant(
        "an erasure overlooks who has taken the login since",
        f"{_DOMAIN}erase_login.py",
        """        except SessionChanged:
            return False
        return True""",
        """        except SessionChanged:
            return True
        return True""",
        "A session that takes the login while it is erased is erased as well.",
    ),
    Mutant(
        "an erasure lifts the pause",
        f"{_DOMAIN}login.py",
        "next_allowed_at=pause if pause and pause > now else None,",
        "next_allowed_at=None,",
        "An erasure does not let a second attempt begin beside one that may live at the bank.",
    ),
    Mutant(
        "an erased session comes back under its id",
        f"{_ADAPTERS}dynamodb_sessions.py",
        "if standing and _is_erased(standing):",
        "if standing and _is_erased({}):",
        "A key whose session was erased stands for a new one.",
    ),
    Mutant(
        "an erased login counts its versions once more",
        f"{_ADAPTERS}dynamodb_logins.py",
        "max(login.version + 1, int(self._clock().timestamp() * 1000))",
        "login.version + 1",
        "Whoever read a login before it was erased cannot take it afterwards.",
    ),
    Mutant(
        "a key can be guessed from its claim",
        f"{_DOMAIN}idempotency.py",
        'return mac(signing_key, "idempotency-key", key)',
        'return mac(b"", "idempotency-key", key)',
        "What outlives an erasure leads nobody to the login.",
    ),
    Mutant(
        "any ending is taken for the last success",
        f"{_DOMAIN}login.py",
        "last = session if session.status.is_success else self",
        "last = session",
        "Accounts are compared with those of the last success.",
    ),
    Mutant(
        "a new session does not know the last one's accounts",
        f"{_DOMAIN}open_session.py",
        "        known_accounts=login.known_accounts,\n",
        "        known_accounts=None,\n",
        "A receipt tells matched, new and missing accounts.",
    ),
    Mutant(
        "an erasure reaches into another session",
        f"{_ADAPTERS}s3_results.py",
        'return f"results/{session_id}/"',
        'return f"results/{session_id}"',
        "Erasing one login leaves the data of others.",
    ),
)
