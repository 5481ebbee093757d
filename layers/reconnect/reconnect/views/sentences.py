"""What we tell people, in English and Canadian French, by the name of the sentence."""

SENTENCES: dict[str, dict[str, str]] = {
    "working": {
        "en": "We are contacting the bank. Nothing to do yet.",
        "fr": "Nous communiquons avec la banque. Rien à faire pour le moment.",
    },
    "answer_the_bank": {
        "en": "The bank asks a security question. Open Flinks Connect and answer it.",
        "fr": "La banque pose une question de sécurité. Ouvrez Flinks Connect pour y répondre.",
    },
    "sign_in_again": {
        "en": "The bank no longer accepts the saved sign-in. Sign in again in Flinks Connect.",
        "fr": "La banque n'accepte plus les identifiants enregistrés. Connectez-vous de nouveau dans Flinks Connect.",
    },
    "start_again": {
        "en": "The bank's question has expired. Start again when you are ready to answer.",
        "fr": "La question de la banque a expiré. Recommencez quand vous serez prêt à répondre.",
    },
    "paused": {
        "en": "The bank refused several answers. So that it does not lock your account, wait {minutes} min.",
        "fr": "La banque a refusé plusieurs réponses. Pour éviter un blocage, attendez {minutes} min.",
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
        "en": "The bank data is up to date, but some of what was asked for was not there yet. Ask again later.",
        "fr": "Les données bancaires sont à jour, mais il en manque encore une partie. Redemandez plus tard.",
    },
    "close_page": {
        "en": "Thank you. You can close this page.",
        "fr": "Merci. Vous pouvez fermer cette page.",
    },
    "bad_link": {
        "en": "This address is incomplete or has expired. Go back to the app you came from and start again.",
        "fr": "Cette adresse est incomplète ou a expiré. Retournez à l'application d'où vous venez et recommencez.",
    },
    "busy_page": {
        "en": "We cannot show this page right now. Try again in a minute; your link stays the same.",
        "fr": "Cette page ne peut pas s'afficher pour l'instant. Réessayez dans une minute; votre lien reste le même.",
    },
    "not_fresh": {
        "en": "The bank was reached, but nothing proves that the data is new. Ask for another refresh later.",
        "fr": "La banque a été jointe, mais rien ne prouve que les données sont nouvelles. Redemandez plus tard.",
    },
    "no_accounts": {
        "en": "The bank has answered, but there is none of the accounts that were asked for.",
        "fr": "La banque a répondu, mais aucun des comptes demandés n'y est.",
    },
    "nobody_came": {
        "en": "Nobody answered the bank in time. Ask for a new refresh to try again.",
        "fr": "Personne n'a répondu à la banque à temps. Demandez une nouvelle actualisation pour réessayer.",
    },
    "bank_unavailable": {
        "en": "The bank cannot be reached at the moment. Try again later.",
        "fr": "La banque est injoignable pour le moment. Réessayez plus tard.",
    },
    "bank_too_slow": {
        "en": "The bank took too long to answer. Try again later.",
        "fr": "La banque a mis trop de temps à répondre. Réessayez plus tard.",
    },
    "too_busy": {
        "en": "Another connection to this bank login is under way, or Flinks is busy. Try again in a few minutes.",
        "fr": "Une autre connexion à ce compte est en cours, ou Flinks est occupé. Réessayez dans quelques minutes.",
    },
    "flinks_unclear": {
        "en": "Flinks did not answer clearly. A bank login may still be running; wait ten minutes before a new try.",
        "fr": "Flinks n'a pas répondu clairement. Une connexion est peut-être en cours; attendez dix minutes.",
    },
    "data_not_read": {
        "en": "The bank has answered, but its data could not be read. Ask for a new refresh.",
        "fr": "La banque a répondu, mais ses données n'ont pas pu être lues. Demandez une nouvelle actualisation.",
    },
    "call_the_bank": {
        "en": "The bank has blocked this sign-in. Contact the bank to unblock it.",
        "fr": "La banque a bloqué cet accès. Communiquez avec la banque pour le débloquer.",
    },
    "act_at_the_bank": {
        "en": "The bank wants you to do something in its own online banking first. Sign in there, then try again.",
        "fr": "La banque vous demande d'abord une action sur son propre site. Connectez-vous-y, puis réessayez.",
    },
    "unknown_login": {
        "en": "Flinks does not know this bank connection. It must be connected anew.",
        "fr": "Flinks ne reconnaît pas cette connexion bancaire. Il faut la rétablir.",
    },
    "our_fault": {
        "en": "Something on our side must be put right first. We have been told.",
        "fr": "Un problème de notre côté doit d'abord être corrigé. Nous en sommes informés.",
    },
    "cancelled": {
        "en": "This request was cancelled.",
        "fr": "Cette demande a été annulée.",
    },
}


def sentence(name: str, language: str | None) -> str:
    """The sentence in the language asked for (`en` or `fr`), else in English.

    A name that only a newer version knows, as after a roll-back, must not keep a session from being shown or announced.
    """
    texts = SENTENCES.get(name, SENTENCES["our_fault"])
    return texts.get(language or "en", texts["en"])
