"""The texts of the hosted page, in English and Canadian French; `{bank}` and `{Bank}` stand for the bank's name."""

WORDING: dict[str, dict[str, str]] = {
    "brand": {"en": "Secure bank connection", "fr": "Connexion bancaire sécurisée"},
    "bank": {"en": "your bank", "fr": "votre banque"},
    "no_script": {
        "en": "This page needs JavaScript. Turn it on, or open the link in another browser.",
        "fr": "Cette page nécessite JavaScript. Activez-le, ou ouvrez le lien dans un autre navigateur.",
    },
    "why_heading": {"en": "Why are we asking?", "fr": "Pourquoi cette demande?"},
    "why": {
        "en": "From time to time, {bank} asks you to confirm that it is really you. Only you can do this. It "
        "usually takes less than a minute.",
        "fr": "De temps à autre, {bank} vous demande de confirmer votre identité. Personne ne peut le faire à "
        "votre place. Une minute suffit généralement.",
    },
    "steps_heading": {"en": "What happens", "fr": "Comment ça se passe"},
    "step_contact": {"en": "We contact {bank}.", "fr": "Nous communiquons avec {bank}."},
    "step_answer": {
        "en": "You answer in Flinks Connect, right on this page.",
        "fr": "Vous répondez dans Flinks Connect, sur cette page.",
    },
    "step_read": {
        "en": "We update your accounts, and you are done.",
        "fr": "Nous mettons vos comptes à jour, et c'est terminé.",
    },
    "privacy": {
        "en": "What you type goes straight to Flinks Connect. This page never sees your password or your answers.",
        "fr": "Ce que vous saisissez est transmis directement à Flinks Connect. Cette page ne voit jamais votre "
        "mot de passe ni vos réponses.",
    },
    "phone_heading": {"en": "Continue on your phone", "fr": "Continuer sur votre téléphone"},
    "phone_text": {
        "en": "Scan this code with your phone's camera. Both screens stay in step.",
        "fr": "Balayez ce code avec l'appareil photo de votre téléphone. Les deux écrans avancent ensemble.",
    },
    "qr_label": {
        "en": "QR code that opens this page on another device",
        "fr": "Code QR qui ouvre cette page sur un autre appareil",
    },
    "time_left": {"en": "Time left to answer", "fr": "Temps restant pour répondre"},
    "minutes_left": {
        "en": "You have {minutes} minutes left to answer.",
        "fr": "Il vous reste {minutes} minutes pour répondre.",
    },
    "minute_left": {"en": "You have one minute left to answer.", "fr": "Il vous reste une minute pour répondre."},
    "hurry": {"en": "Running out of time? Nothing is lost.", "fr": "Le temps presse? Rien n'est perdu."},
    "restart": {"en": "Start again when time runs out", "fr": "Recommencer à la fin du délai"},
    "restarting": {
        "en": "We will start again as soon as time runs out.",
        "fr": "Nous recommencerons dès la fin du délai.",
    },
    "again": {"en": "Nothing showing?", "fr": "Rien ne s'affiche?"},
    "reload": {"en": "Load it again", "fr": "Charger de nouveau"},
    "loading": {"en": "Opening Flinks Connect…", "fr": "Ouverture de Flinks Connect…"},
    "frame_title": {"en": "Answer the bank in Flinks Connect", "fr": "Répondez à la banque dans Flinks Connect"},
    "return_label": {"en": "Go back to the app", "fr": "Retourner à l'application"},
    "close_page": {"en": "You can close this page.", "fr": "Vous pouvez fermer cette page."},
    "one_moment": {"en": "One moment…", "fr": "Un instant…"},
    "trouble": {
        "en": "The connection is unstable. Nothing is lost; we are still trying.",
        "fr": "La connexion est instable. Rien n'est perdu; nous réessayons.",
    },
    "link_ended": {
        "en": "This link has expired. Go back to the app and start again.",
        "fr": "Ce lien n'est plus valide. Retournez à l'application et recommencez.",
    },
    "thanks": {
        "en": "Thank you. We are checking with the bank.",
        "fr": "Merci. Nous vérifions auprès de la banque.",
    },
    "not_started": {
        "en": "That did not work. Nothing is lost; please try again.",
        "fr": "Cela n'a pas fonctionné. Rien n'est perdu; veuillez réessayer.",
    },
    "heading_contacting": {"en": "Contacting {bank}", "fr": "Nous communiquons avec {bank}"},
    "heading_question": {"en": "{Bank} has a question for you", "fr": "{Bank} a une question pour vous"},
    "heading_sign_in": {"en": "{Bank} asks you to sign in again", "fr": "{Bank} vous demande de vous reconnecter"},
    "heading_expired": {"en": "Time ran out", "fr": "Le délai est écoulé"},
    "heading_paused": {"en": "Too many attempts: please wait", "fr": "Trop de tentatives, veuillez patienter"},
    "heading_checking": {"en": "Updating your accounts", "fr": "Mise à jour de vos comptes"},
    "heading_done": {"en": "All done, thank you", "fr": "C'est fait, merci"},
    "heading_ended": {"en": "This request has ended", "fr": "Cette demande est terminée"},
    "heading_open_question": {"en": "Answer {bank}", "fr": "Répondez à la question"},
    "heading_open_sign_in": {"en": "Sign in to {bank}", "fr": "Connectez-vous"},
    "button_question": {"en": "Answer the bank", "fr": "Répondre à la banque"},
    "button_sign_in": {"en": "Sign in", "fr": "Se connecter"},
    "button_expired": {"en": "Start again", "fr": "Recommencer"},
    "contacting_1": {"en": "Connecting to the bank…", "fr": "Connexion à la banque…"},
    "contacting_2": {"en": "Waiting for the bank…", "fr": "En attente de la banque…"},
    "contacting_3": {"en": "Still waiting for the bank…", "fr": "Toujours en attente de la banque…"},
    "contacting_4": {"en": "Some banks take a minute.", "fr": "Certaines banques prennent une minute."},
    "contacting_5": {
        "en": "Still working. Please keep this page open.",
        "fr": "Toujours en cours. Gardez cette page ouverte.",
    },
    "checking_1": {"en": "The bank has your answer…", "fr": "La banque a votre réponse…"},
    "checking_2": {"en": "Reading your accounts…", "fr": "Lecture de vos comptes…"},
    "checking_3": {"en": "Getting the latest data…", "fr": "Récupération des données récentes…"},
    "checking_4": {
        "en": "With many accounts, this takes a little longer.",
        "fr": "Avec plusieurs comptes, c'est un peu plus long.",
    },
    "checking_5": {
        "en": "Almost done. There is nothing for you to do.",
        "fr": "C'est presque terminé. Vous n'avez rien à faire.",
    },
}

STAGES = ("contacting", "question", "sign_in", "expired", "paused", "checking", "done", "ended")


def speak(language: str) -> dict[str, str]:
    """Return every text in this language, or in English if the page has no such language."""
    return {name: texts.get(language, texts["en"]) for name, texts in WORDING.items()}


def name_bank(text: str, words: dict[str, str], institution: str | None) -> str:
    """Put the bank's name into a text, or "your bank" if the name is not known."""
    bank = institution or words["bank"]
    return text.replace("{bank}", bank).replace("{Bank}", bank[:1].upper() + bank[1:])
