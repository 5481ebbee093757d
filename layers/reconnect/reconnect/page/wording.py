"""Every word of the hosted page, in English and Canadian French; `{bank}` and `{Bank}` stand for the bank's name."""

WORDING: dict[str, dict[str, str]] = {
    "brand": {"en": "Secure bank connection", "fr": "Connexion bancaire sécurisée"},
    "bank": {"en": "your bank", "fr": "votre banque"},
    "no_script": {
        "en": "This page needs JavaScript to reach the bank. Please switch it on, or open the link in another browser.",
        "fr": "Cette page a besoin de JavaScript pour joindre la banque. Activez-le, ou ouvrez le lien dans un autre "
        "navigateur.",
    },
    "why_heading": {"en": "Why are we asking?", "fr": "Pourquoi cette demande?"},
    "why": {
        "en": "From time to time {bank} wants to be sure that it is really you. Only you can confirm that. "
        "It usually takes less than a minute.",
        "fr": "De temps à autre, {bank} veut s'assurer que c'est bien vous. Vous seul pouvez le confirmer. "
        "Une minute suffit, d'habitude.",
    },
    "steps_heading": {"en": "What happens", "fr": "Comment ça se passe"},
    "step_contact": {"en": "We contact {bank}.", "fr": "Nous joignons {bank}."},
    "step_answer": {
        "en": "You answer in Flinks Connect, right on this page.",
        "fr": "Vous répondez dans Flinks Connect, ici même.",
    },
    "step_read": {
        "en": "We update your accounts, and you are done.",
        "fr": "Nous mettons vos comptes à jour, et c'est terminé.",
    },
    "privacy": {
        "en": "What you type goes straight to Flinks Connect. This page never sees your password or your answers.",
        "fr": "Ce que vous tapez va directement à Flinks Connect. Cette page ne voit ni votre mot de passe ni vos "
        "réponses.",
    },
    "phone_heading": {"en": "Continue on your phone", "fr": "Continuer sur votre téléphone"},
    "phone_text": {
        "en": "Point your phone's camera at this code. Both screens move on together.",
        "fr": "Visez ce code avec l'appareil photo de votre téléphone. Les deux écrans avancent ensemble.",
    },
    "qr_label": {
        "en": "QR code that opens this page on another device",
        "fr": "Code QR qui ouvre cette page sur un autre appareil",
    },
    "time_left": {"en": "Time left to answer", "fr": "Temps restant pour répondre"},
    "minutes_left": {"en": "{minutes} minutes left to answer.", "fr": "Il reste {minutes} minutes pour répondre."},
    "minute_left": {"en": "One minute left to answer.", "fr": "Il reste une minute pour répondre."},
    "hurry": {
        "en": "Running short of time? Nothing is lost.",
        "fr": "Le temps presse? Rien n'est perdu.",
    },
    "restart": {"en": "Start again when it runs out", "fr": "Recommencer dès qu'il s'écoule"},
    "restarting": {
        "en": "As soon as the time runs out, we start again by ourselves.",
        "fr": "Dès que le temps sera écoulé, nous recommencerons sans vous.",
    },
    "again": {"en": "Is nothing showing?", "fr": "Rien ne s'affiche?"},
    "reload": {"en": "Load it once more", "fr": "Charger de nouveau"},
    "loading": {"en": "Opening Flinks Connect…", "fr": "Ouverture de Flinks Connect…"},
    "frame_title": {"en": "Answer the bank in Flinks Connect", "fr": "Répondez à la banque dans Flinks Connect"},
    "return_label": {"en": "Go back to the app", "fr": "Retourner à l'application"},
    "close_page": {"en": "You can close this page.", "fr": "Vous pouvez fermer cette page."},
    "one_moment": {"en": "One moment…", "fr": "Un instant…"},
    "trouble": {
        "en": "The connection is shaky. Nothing is lost; we keep trying.",
        "fr": "La connexion est instable. Rien n'est perdu; nous réessayons.",
    },
    "link_ended": {
        "en": "This link has ended. Go back to the app you came from and start again.",
        "fr": "Ce lien n'est plus valable. Retournez à l'application d'où vous venez et recommencez.",
    },
    "thanks": {
        "en": "Thank you. We are checking with the bank.",
        "fr": "Merci. Nous vérifions auprès de la banque.",
    },
    "not_started": {
        "en": "That did not go through. Nothing is lost; please tap once more.",
        "fr": "Ça n'a pas fonctionné. Rien n'est perdu; touchez le bouton encore une fois.",
    },
    "heading_contacting": {"en": "Contacting {bank}", "fr": "Nous joignons {bank}"},
    "heading_question": {"en": "{Bank} has a question for you", "fr": "{Bank} a une question pour vous"},
    "heading_sign_in": {"en": "{Bank} wants you to sign in again", "fr": "{Bank} vous demande de vous reconnecter"},
    "heading_expired": {"en": "Time ran out", "fr": "Le temps est écoulé"},
    "heading_paused": {"en": "Let us wait a little", "fr": "Attendons un peu"},
    "heading_checking": {"en": "Updating your accounts", "fr": "Mise à jour de vos comptes"},
    "heading_done": {"en": "All done, thank you", "fr": "C'est fait, merci"},
    "heading_ended": {"en": "This request has ended", "fr": "Cette demande est terminée"},
    "heading_open_question": {"en": "Answer {bank}", "fr": "Répondez à la question"},
    "heading_open_sign_in": {"en": "Sign in to {bank}", "fr": "Connectez-vous"},
    "button_question": {"en": "Answer the bank", "fr": "Répondre à la banque"},
    "button_sign_in": {"en": "Sign in", "fr": "Se connecter"},
    "button_expired": {"en": "Start again", "fr": "Recommencer"},
    "contacting_1": {"en": "Knocking at the bank's door…", "fr": "On frappe à la porte de la banque…"},
    "contacting_2": {"en": "The bank is being asked…", "fr": "La banque a reçu la demande…"},
    "contacting_3": {"en": "Still waiting for the bank…", "fr": "En attente de la banque…"},
    "contacting_4": {"en": "Some banks take a minute.", "fr": "Certaines banques prennent une minute."},
    "contacting_5": {"en": "Still going. Please stay here.", "fr": "Ça avance. Restez avec nous."},
    "checking_1": {"en": "The bank has your answer…", "fr": "La banque a votre réponse…"},
    "checking_2": {"en": "Reading your accounts…", "fr": "Lecture de vos comptes…"},
    "checking_3": {"en": "Collecting what is new…", "fr": "Collecte des nouveautés…"},
    "checking_4": {"en": "Many accounts take a little longer.", "fr": "Plusieurs comptes, c'est un peu plus long."},
    "checking_5": {"en": "Nearly there. You need do nothing.", "fr": "On y est presque. Rien à faire de votre côté."},
}

STAGES = ("contacting", "question", "sign_in", "expired", "paused", "checking", "done", "ended")


def speak(language: str) -> dict[str, str]:
    """Every word in this language; English for a language that the page does not speak."""
    return {name: texts.get(language, texts["en"]) for name, texts in WORDING.items()}


def name_bank(text: str, words: dict[str, str], institution: str | None) -> str:
    """Put the bank's name into a text, or "your bank" where it is not known."""
    bank = institution or words["bank"]
    return text.replace("{bank}", bank).replace("{Bank}", bank[:1].upper() + bank[1:])
