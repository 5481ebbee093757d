"""What the user's page says, by the name of the sentence that callers and operators get for the same state.

A person has no "refresh" to request and has never heard of Flinks, so these texts are apart from `views.sentences`.
`{bank}` is the bank's name or "your bank", `{app}` the deployer's name or "your app"; {Bank} and {App} begin sentences.
"""

from reconnect.views.user_message import Next, UserMessage

USER_MESSAGES: dict[str, UserMessage] = {
    "working": UserMessage(
        ("Contacting {bank}", "Nous communiquons avec {bank}"),
        ("There is nothing for you to do yet.", "Vous n'avez rien à faire pour le moment."),
    ),
    "queued": UserMessage(
        ("Your turn is coming", "Votre tour approche"),
        (
            "Many people are connecting right now. We will contact {bank} in about {minutes} min.",
            "Beaucoup de connexions sont en cours. Nous communiquerons avec {bank} dans environ {minutes} min.",
        ),
    ),
    "bank_down": UserMessage(
        ("{Bank} is not available right now", "{Bank} n'est pas disponible pour l'instant"),
        (
            "You did nothing wrong. We try again in about {minutes} min, and you can leave this page.",
            "Vous n'avez rien fait de mal. Nouvel essai dans environ {minutes} min; vous pouvez quitter cette page.",
        ),
    ),
    "answer_the_bank": UserMessage(
        ("Confirm it's you", "Confirmez votre identité"),
        (
            "{App} asks you to confirm your connection with {bank}. It usually takes less than a minute.",
            "{App} vous demande de confirmer votre connexion avec {bank}. Cela prend habituellement moins d'une "
            "minute.",
        ),
    ),
    "sign_in_again": UserMessage(
        ("Sign in again to {bank}", "Connectez-vous de nouveau à {bank}"),
        (
            "Your sign-in for {bank} has changed or expired. Sign in again to keep your accounts up to date in {app}.",
            "Votre accès à {bank} a changé ou n'est plus valide. Connectez-vous de nouveau pour garder vos comptes à "
            "jour dans {app}.",
        ),
    ),
    "start_again": UserMessage(
        ("Time ran out", "Le délai est écoulé"),
        (
            "{Bank} is no longer waiting for an answer, but nothing is lost. Start again when it suits you.",
            "{Bank} n'attend plus de réponse, mais rien n'est perdu. Recommencez au moment qui vous convient.",
        ),
    ),
    "answer_refused": UserMessage(
        ("That answer was not accepted", "Cette réponse n'a pas été acceptée"),
        (
            "{Bank} did not accept the answer, but nothing is lost. Start again when it suits you.",
            "{Bank} n'a pas accepté la réponse, mais rien n'est perdu. Recommencez au moment qui vous convient.",
        ),
    ),
    "parked": UserMessage(
        ("Confirm it's you", "Confirmez votre identité"),
        (
            "{App} asks you to confirm your connection with {bank}. Start when it suits you. It usually takes less "
            "than a minute.",
            "{App} vous demande de confirmer votre connexion avec {bank}. Commencez au moment qui vous convient. Cela "
            "prend habituellement moins d'une minute.",
        ),
    ),
    "snoozed": UserMessage(
        ("We will remind you", "Vous recevrez un rappel"),
        ("You can also start now, if it suits you.", "Vous pouvez aussi commencer maintenant, si cela vous convient."),
    ),
    "paused": UserMessage(
        ("A short break", "Une courte pause"),
        (
            "{Bank} did not accept the last answers. To avoid locking your account, please wait. The button comes "
            "back here when you can try again.",
            "{Bank} n'a pas accepté les dernières réponses. Pour éviter le blocage de votre compte, veuillez "
            "patienter. Le bouton reviendra ici dès que vous pourrez réessayer.",
        ),
    ),
    "paused_today": UserMessage(
        ("Enough for today", "C'est assez pour aujourd'hui"),
        (
            "This page has been used many times today. To protect your account, please wait. The button comes back "
            "here when you can try again.",
            "Cette page a beaucoup servi aujourd'hui. Pour protéger votre compte, veuillez patienter. Le bouton "
            "reviendra ici dès que vous pourrez réessayer.",
        ),
    ),
    "fetching": UserMessage(
        ("That's all we needed", "C'est tout ce qu'il nous fallait"),
        (
            "Thank you. You can leave this page: we are updating your accounts and need nothing more from you.",
            "Merci. Vous pouvez quitter cette page. Nous mettons vos comptes à jour sans autre action de votre part.",
        ),
    ),
    "done": UserMessage(
        ("All done, thank you", "C'est fait, merci"), ("Your accounts are up to date.", "Vos comptes sont à jour.")
    ),
    "done_incomplete": UserMessage(
        ("All done, thank you", "C'est fait, merci"),
        (
            "Your accounts are up to date. {Bank} does not have some of the details yet.",
            "Vos comptes sont à jour. {Bank} n'a pas encore certains détails.",
        ),
    ),
    "done_with_warnings": UserMessage(
        ("All done, thank you", "C'est fait, merci"),
        ("Your accounts are up to date.", "Vos comptes sont à jour."),
    ),
    "not_fresh": UserMessage(
        ("{Bank} has nothing new yet", "{Bank} n'a rien de nouveau pour l'instant"),
        (
            "Your connection works, and there is nothing more for you to do today.",
            "Votre connexion fonctionne, et vous n'avez rien d'autre à faire aujourd'hui.",
        ),
    ),
    "no_accounts": UserMessage(
        ("Your accounts were not found", "Vos comptes n'ont pas été trouvés"),
        (
            "{Bank} answered, but without the accounts that you had connected. Check your connection in {app}.",
            "{Bank} a répondu, mais sans les comptes que vous aviez connectés. Vérifiez votre connexion dans {app}.",
        ),
        Next.CONTACT,
    ),
    "nothing_listed": UserMessage(
        ("{Bank} listed no accounts", "{Bank} n'a transmis aucun compte"),
        (
            "Your connection works, and there is nothing more for you to do today.",
            "Votre connexion fonctionne, et vous n'avez rien d'autre à faire aujourd'hui.",
        ),
    ),
    "nobody_came": UserMessage(
        ("This request has expired", "Cette demande a expiré"),
        (
            "{Bank} did not get an answer in time. You can start again in {app}.",
            "{Bank} n'a pas reçu de réponse à temps. Vous pouvez recommencer dans {app}.",
        ),
        Next.RETRY,
    ),
    "bank_unavailable": UserMessage(
        ("{Bank} is not available right now", "{Bank} n'est pas disponible pour l'instant"),
        (
            "You did nothing wrong. Please try again later in {app}.",
            "Vous n'avez rien fait de mal. Veuillez réessayer plus tard dans {app}.",
        ),
    ),
    "bank_disabled": UserMessage(
        ("{Bank} is not available right now", "{Bank} n'est pas disponible pour l'instant"),
        (
            "Connections to {bank} are paused, and not only yours. Please try again later in {app}.",
            "Les connexions avec {bank} sont suspendues, et pas seulement la vôtre. Veuillez réessayer plus tard dans "
            "{app}.",
        ),
    ),
    "bank_too_slow": UserMessage(
        ("{Bank} is taking too long", "{Bank} met trop de temps à répondre"),
        (
            "You did nothing wrong. Please try again later in {app}.",
            "Vous n'avez rien fait de mal. Veuillez réessayer plus tard dans {app}.",
        ),
    ),
    "too_busy": UserMessage(
        ("Another connection is under way", "Une autre connexion est en cours"),
        (
            "{Bank} accepts one connection at a time. Please try again in a few minutes in {app}.",
            "{Bank} accepte une seule connexion à la fois. Veuillez réessayer dans quelques minutes dans {app}.",
        ),
        Next.RETRY,
    ),
    "flinks_unclear": UserMessage(
        ("We could not confirm the result", "Nous n'avons pas pu confirmer le résultat"),
        (
            "A connection to {bank} may still be open. Please try again in ten minutes in {app}.",
            "Une connexion avec {bank} est peut-être encore ouverte. Veuillez réessayer dans dix minutes dans {app}.",
        ),
        Next.RETRY,
    ),
    "data_not_read": UserMessage(
        ("We could not read your accounts", "Nous n'avons pas pu lire vos comptes"),
        (
            "You did your part, but {bank} did not send the data. Please try again in {app}.",
            "Vous avez fait votre part, mais {bank} n'a pas transmis les données. Veuillez réessayer dans {app}.",
        ),
        Next.RETRY,
    ),
    "call_the_bank": UserMessage(
        ("{Bank} has blocked this access", "{Bank} a bloqué cet accès"),
        (
            "Contact {bank} to unblock it. Then try again in {app}.",
            "Communiquez avec {bank} pour le débloquer. Réessayez ensuite dans {app}.",
        ),
        at_bank=True,
    ),
    "act_at_the_bank": UserMessage(
        ("{Bank} needs something from you first", "{Bank} attend d'abord quelque chose de vous"),
        (
            "Sign in on your bank's own website or app and do what it asks. Then try again in {app}.",
            "Connectez-vous au site ou à l'application de votre banque et suivez les indications. Réessayez ensuite "
            "dans {app}.",
        ),
        Next.RETRY,
        at_bank=True,
    ),
    "unknown_login": UserMessage(
        ("This connection no longer exists", "Cette connexion n'existe plus"),
        ("Connect {bank} again in {app}.", "Connectez {bank} de nouveau dans {app}."),
        Next.RETRY,
    ),
    "our_fault": UserMessage(
        ("Something went wrong on our side", "Un problème est survenu de notre côté"),
        (
            "You did nothing wrong. Please try again later, or contact {app} if it happens again.",
            "Vous n'avez rien fait de mal. Veuillez réessayer plus tard, ou communiquer avec {app} si cela se "
            "reproduit.",
        ),
        Next.CONTACT,
    ),
    "cancelled": UserMessage(
        ("This request is no longer needed", "Cette demande n'est plus nécessaire"),
        ("{App} withdrew it. There is nothing for you to do.", "{App} l'a retirée. Vous n'avez rien à faire."),
    ),
    "not_finished": UserMessage(
        ("You did not finish at {bank}", "Vous n'avez pas terminé auprès de {bank}"),
        ("Nothing is lost. Try again when you are ready.", "Rien n'est perdu. Réessayez quand cela vous convient."),
    ),
    "not_finished_page": UserMessage(
        ("You did not finish at {bank}", "Vous n'avez pas terminé auprès de {bank}"),
        (
            "Nothing is lost. Go back to the page that you came from, and try again there.",
            "Rien n'est perdu. Retournez à la page d'où vous venez, et réessayez à partir de celle-ci.",
        ),
        Next.CLOSE,
    ),
    "close_page": UserMessage(
        ("Thank you", "Merci"), ("You can close this page.", "Vous pouvez fermer cette page."), Next.CLOSE
    ),
    "bad_link": UserMessage(
        ("This link does not work", "Ce lien ne fonctionne pas"),
        (
            "It was changed on its way. Open it from the original message, or start again in {app}.",
            "Il a été modifié en chemin. Ouvrez-le depuis le message d'origine, ou recommencez dans {app}.",
        ),
        Next.CONTACT,
    ),
    "cut_link": UserMessage(
        ("This link is incomplete", "Ce lien est incomplet"),
        (
            "The end of the link is missing. Open it from the original message.",
            "La fin du lien est manquante. Ouvrez-le depuis le message d'origine.",
        ),
        Next.CONTACT,
    ),
    "expired_link": UserMessage(
        ("This link has expired", "Ce lien a expiré"),
        ("You can start again in {app}.", "Vous pouvez recommencer dans {app}."),
        Next.CONTACT,
    ),
    "no_page": UserMessage(
        ("There is nothing here", "Cette page n'existe pas"),
        (
            "If you followed a link, open it from the original message, or start again in {app}.",
            "Si vous avez suivi un lien, ouvrez-le depuis le message d'origine, ou recommencez dans {app}.",
        ),
        Next.CONTACT,
    ),
    "busy_page": UserMessage(
        ("We cannot show this page right now", "Cette page ne peut pas s'afficher pour l'instant"),
        ("Please try the same link again in a minute.", "Veuillez réessayer avec le même lien dans une minute."),
        Next.CLOSE,
    ),
}


def user_message(name: str) -> UserMessage:
    """Return the message of a sentence's name.

    After a rollback a record may hold a name that only the newer version knows; it gets the message for our own fault.
    """
    return USER_MESSAGES.get(name, USER_MESSAGES["our_fault"])
