"""The sentences for callers and operators, in English and Canadian French, by name."""

SENTENCES: dict[str, dict[str, str]] = {
    "working": {
        "en": "We are contacting the bank. There is nothing for you to do yet.",
        "fr": "Nous communiquons avec la banque. Vous n'avez rien à faire pour le moment.",
    },
    "queued": {
        "en": "This request waits for its turn. There is nothing for you to do yet.",
        "fr": "Cette demande attend son tour. Vous n'avez rien à faire pour le moment.",
    },
    "bank_down": {
        "en": "The bank cannot be reached at the moment. We try again when it is back; there is nothing for you to do.",
        "fr": "La banque est injoignable pour le moment. Nous réessaierons à son retour; vous n'avez rien à faire.",
    },
    "answer_the_bank": {
        "en": "The bank has a security question. Answer it in Flinks Connect.",
        "fr": "La banque pose une question de sécurité. Répondez-y dans Flinks Connect.",
    },
    "sign_in_again": {
        "en": "The bank no longer accepts the saved sign-in details. Sign in again in Flinks Connect.",
        "fr": "La banque n'accepte plus les identifiants enregistrés. Connectez-vous de nouveau dans Flinks Connect.",
    },
    "start_again": {
        "en": "The bank's question has expired. Start again when you are ready to answer.",
        "fr": "La question de la banque a expiré. Recommencez dès que vous pourrez y répondre.",
    },
    "answer_refused": {
        "en": "The bank did not accept the answer. Start again when you are ready to answer.",
        "fr": "La banque n'a pas accepté la réponse. Recommencez dès que vous pourrez y répondre.",
    },
    "parked": {
        "en": "The bank needs you before it shares new data. Open the link when you are ready.",
        "fr": "La banque a besoin de vous avant de transmettre de nouvelles données. Ouvrez le lien au moment voulu.",
    },
    "fetching": {
        "en": "The bank has answered. We are reading the accounts.",
        "fr": "La banque a répondu. Nous lisons les comptes.",
    },
    "done": {
        "en": "The bank data is up to date. Nothing left to do.",
        "fr": "Les données bancaires sont à jour. Plus rien à faire.",
    },
    "done_incomplete": {
        "en": "The bank data is up to date, but part of it is not available yet. Try again later.",
        "fr": "Les données bancaires sont à jour, mais une partie n'est pas encore disponible. Réessayez plus tard.",
    },
    "done_with_warnings": {
        "en": "The bank data is up to date, but parts of it could not be read; the receipt's warnings count them.",
        "fr": "Les données bancaires sont à jour, mais des parties sont illisibles; le reçu en donne le nombre.",
    },
    "not_fresh": {
        "en": "We reached the bank but could not confirm that the data is new. Request another refresh later.",
        "fr": "Nous avons joint la banque, mais rien ne confirme que les données sont nouvelles. Réessayez plus tard.",
    },
    "no_accounts": {
        "en": "The bank answered, but none of the requested accounts were found.",
        "fr": "La banque a répondu, mais aucun des comptes demandés n'a été trouvé.",
    },
    "nothing_listed": {
        "en": "The bank answered and its data is new, but no account was listed. Request another refresh later.",
        "fr": "La banque a répondu et ses données sont nouvelles, mais sans aucun compte. Réessayez plus tard.",
    },
    "nobody_came": {
        "en": "The bank did not get an answer in time. Request a new refresh to try again.",
        "fr": "La banque n'a pas reçu de réponse à temps. Demandez une nouvelle actualisation pour réessayer.",
    },
    "bank_unavailable": {
        "en": "The bank cannot be reached at the moment. Try again later.",
        "fr": "La banque est injoignable pour le moment. Réessayez plus tard.",
    },
    "bank_disabled": {
        "en": "Flinks has disabled this bank for now, so the bank was not contacted. Try again later.",
        "fr": "Flinks a désactivé cette banque pour le moment; elle n'a pas été contactée. Réessayez plus tard.",
    },
    "bank_too_slow": {
        "en": "The bank took too long to answer. Try again later.",
        "fr": "La banque a mis trop de temps à répondre. Réessayez plus tard.",
    },
    "too_busy": {
        "en": "Another connection to this login is in progress, or Flinks is busy. Try again in a few minutes.",
        "fr": "Une autre connexion à ce compte est en cours, ou Flinks est occupé. Réessayez dans quelques minutes.",
    },
    "flinks_unclear": {
        "en": "We could not confirm what happened. A sign-in may still be running; try again in ten minutes.",
        "fr": "Nous n'avons pas pu confirmer le résultat. Une connexion est peut-être en cours; attendez dix minutes.",
    },
    "data_not_read": {
        "en": "The bank answered, but its data could not be read. Request a new refresh.",
        "fr": "La banque a répondu, mais ses données n'ont pas pu être lues. Demandez une nouvelle actualisation.",
    },
    "call_the_bank": {
        "en": "The bank has blocked this sign-in. Contact the bank to unblock it.",
        "fr": "La banque a bloqué cet accès. Communiquez avec la banque pour le débloquer.",
    },
    "act_at_the_bank": {
        "en": "The bank needs you to do something in its online banking first. Sign in there, then try again.",
        "fr": "La banque exige d'abord une action de votre part sur son site. Connectez-vous-y, puis réessayez.",
    },
    "unknown_login": {
        "en": "Flinks does not recognize this bank connection. Connect the bank again.",
        "fr": "Flinks ne reconnaît pas cette connexion bancaire. Connectez la banque de nouveau.",
    },
    "our_fault": {
        "en": "Something went wrong on our side. Our team has been notified.",
        "fr": "Un problème est survenu de notre côté. Notre équipe en a été informée.",
    },
    "cancelled": {
        "en": "This request was cancelled.",
        "fr": "Cette demande a été annulée.",
    },
}


def sentence(name: str, language: str | None) -> str:
    """Return the sentence in this language (`en` or `fr`), or else in English.

    After a rollback a record may hold a name that only the newer version knows. The session must still be shown and
    published, so such a name gets the sentence for a failure of ours.
    """
    texts = SENTENCES.get(name, SENTENCES["our_fault"])
    return texts.get(language or "en", texts["en"])
