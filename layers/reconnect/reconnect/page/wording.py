"""The fixed texts of the user's page, in English and Canadian French; `views.user_messages` has those of each state.

`{bank}` stands for the bank's name, which the script puts in, and `{app}` for the name of the app that asks.
"""

from reconnect.views.user_names import Names

WORDING: dict[str, dict[str, str]] = {
    "no_script": {
        "en": "This page needs JavaScript. Turn it on, or open the link in another browser.",
        "fr": "Cette page nécessite JavaScript. Activez-le, ou ouvrez le lien dans un autre navigateur.",
    },
    "why_heading": {
        "en": "Why are we asking?",
        "fr": "Pourquoi cette demande?",
    },
    "why": {
        "en": "From time to time, {bank} wants to be sure that it is really you. Only you can confirm it.",
        "fr": "De temps à autre, {bank} vérifie votre identité. Personne ne peut la confirmer à votre place.",
    },
    "steps_heading": {
        "en": "What happens",
        "fr": "Les étapes",
    },
    "step_contact": {
        "en": "We contact {bank}.",
        "fr": "Nous communiquons avec {bank}.",
    },
    "step_answer": {
        "en": "You confirm it's you, right on this page.",
        "fr": "Vous confirmez votre identité, sur cette page.",
    },
    "step_read": {
        "en": "We update your accounts, and you are done.",
        "fr": "Nous mettons vos comptes à jour, et c'est terminé.",
    },
    "privacy": {
        "en": "What you type goes straight to Flinks, the service that connects {app} to {bank}. This page "
        "never sees your password or your answers.",
        "fr": "Ce que vous saisissez est transmis directement à Flinks, le service qui relie {app} à "
        "{bank}. Cette page ne voit jamais votre mot de passe ni vos réponses.",
    },
    "phone_heading": {
        "en": "Continue on your phone",
        "fr": "Continuer sur votre téléphone",
    },
    "phone_text": {
        "en": "Scan this code with your phone. Both screens stay in step.",
        "fr": "Balayez ce code avec votre téléphone. Les deux écrans avancent ensemble.",
    },
    "qr_label": {
        "en": "QR code that opens this page on another device",
        "fr": "Code QR qui ouvre cette page sur un autre appareil",
    },
    "time_left": {
        "en": "Time left to answer",
        "fr": "Temps restant pour répondre",
    },
    "pause_left": {
        "en": "You can try again in",
        "fr": "Vous pourrez réessayer dans",
    },
    "minutes_left": {
        "en": "You have {minutes} minutes left to answer.",
        "fr": "Il vous reste {minutes} minutes pour répondre.",
    },
    "minute_left": {
        "en": "You have one minute left to answer.",
        "fr": "Il vous reste une minute pour répondre.",
    },
    "hurry": {
        "en": "Running out of time? Nothing is lost.",
        "fr": "Le temps presse? Rien n'est perdu.",
    },
    "restart": {
        "en": "Start again when time runs out",
        "fr": "Recommencer à la fin du délai",
    },
    "restarting": {
        "en": "We will start again as soon as time runs out.",
        "fr": "Nous recommencerons dès la fin du délai.",
    },
    "later": {
        "en": "Not a good time?",
        "fr": "Ce n'est pas le bon moment?",
    },
    "later_one": {
        "en": "Remind me in a day",
        "fr": "Me le rappeler dans un jour",
    },
    "later_three": {
        "en": "Remind me in three days",
        "fr": "Me le rappeler dans trois jours",
    },
    "later_set": {
        "en": "You will get a reminder.",
        "fr": "Vous recevrez un rappel.",
    },
    "again": {
        "en": "Nothing showing?",
        "fr": "Rien ne s'affiche?",
    },
    "blocked": {
        "en": "Your browser may be blocking this window.",
        "fr": "Votre navigateur bloque peut-être cette fenêtre.",
    },
    "reload": {
        "en": "Reload",
        "fr": "Recharger",
    },
    "new_tab": {
        "en": "Open in a new tab",
        "fr": "Ouvrir dans un nouvel onglet",
    },
    "in_new_tab": {
        "en": "Continue in the new tab. This page moves on by itself.",
        "fr": "Continuez dans le nouvel onglet. Cette page avance d'elle-même.",
    },
    "loading": {
        "en": "Opening a secure window…",
        "fr": "Ouverture d'une fenêtre sécurisée…",
    },
    "frame_title": {
        "en": "Secure window for {bank}",
        "fr": "Fenêtre sécurisée pour {bank}",
    },
    "popup_opened": {
        "en": "Continue in the window that has opened. Come back here when you are done there.",
        "fr": "Poursuivez dans la fenêtre qui s'est ouverte. Revenez ici lorsque vous y aurez terminé.",
    },
    "popup_blocked": {
        "en": "Your browser blocked the window of {bank}. Allow pop-ups for this page and reload, or open "
        "it in a new tab.",
        "fr": "Votre navigateur a bloqué la fenêtre qui mène à {bank}. Autorisez les fenêtres contextuelles "
        "pour cette page et rechargez, ou ouvrez un nouvel onglet.",
    },
    "popup_closed": {
        "en": "Closed that window too early?",
        "fr": "Cette fenêtre s'est fermée trop tôt?",
    },
    "other_attempt": {
        "en": "That belonged to an earlier question. Please answer the one below.",
        "fr": "Cela concernait une question précédente. Veuillez répondre à celle ci-dessous.",
    },
    "this_tab": {
        "en": "Continue on this screen",
        "fr": "Continuer sur cet écran",
    },
    "next_return": {
        "en": "Return to {app}",
        "fr": "Retourner à {app}",
    },
    "next_retry": {
        "en": "Try again in {app}",
        "fr": "Réessayer dans {app}",
    },
    "next_contact": {
        "en": "Contact {app}",
        "fr": "Communiquer avec {app}",
    },
    "next_close": {
        "en": "You can close this page.",
        "fr": "Vous pouvez fermer cette page.",
    },
    "next_bank": {
        "en": "Next: {next} needs you, too.",
        "fr": "Ensuite\N{NO-BREAK SPACE}: {next} a aussi besoin de vous.",
    },
    "next_button": {
        "en": "Continue to {next}",
        "fr": "Continuer vers {next}",
    },
    "another_bank": {
        "en": "another bank",
        "fr": "une autre banque",
    },
    "last_bank": {
        "en": "That was all. No other bank needs you.",
        "fr": "C'était tout. Aucune autre banque n'a besoin de vous.",
    },
    "one_moment": {
        "en": "One moment…",
        "fr": "Un instant…",
    },
    "trouble": {
        "en": "Your connection is unstable. Nothing is lost; we are still trying.",
        "fr": "Votre connexion est instable. Rien n'est perdu; nous réessayons.",
    },
    "link_ended": {
        "en": "This link has expired. Start again in {app}.",
        "fr": "Ce lien n'est plus valide. Recommencez dans {app}.",
    },
    "not_started": {
        "en": "That did not work. Nothing is lost; please try again.",
        "fr": "Cela n'a pas fonctionné. Rien n'est perdu; veuillez réessayer.",
    },
    "heading_open_question": {
        "en": "Confirm it's you with {bank}",
        "fr": "Confirmez votre identité auprès de {bank}",
    },
    "heading_open_sign_in": {
        "en": "Sign in to {bank}",
        "fr": "Connectez-vous à {bank}",
    },
    "sentence_open": {
        "en": "Follow the steps in the window below. Keep your phone at hand.",
        "fr": "Suivez les étapes dans la fenêtre ci-dessous. Gardez votre téléphone à portée de main.",
    },
    "button_question": {
        "en": "Continue to {bank}",
        "fr": "Continuer vers {bank}",
    },
    "button_sign_in": {
        "en": "Sign in",
        "fr": "Se connecter",
    },
    "button_unfinished": {
        "en": "Try again",
        "fr": "Réessayer",
    },
    "bank_site": {
        "en": "Go to {bank}'s site",
        "fr": "Aller sur le site de {bank}",
    },
    "button_expired": {
        "en": "Start again",
        "fr": "Recommencer",
    },
    "contacting": {
        "en": "Waiting for {bank}…",
        "fr": "En attente de {bank}…",
    },
    "checking": {
        "en": "Updating your accounts…",
        "fr": "Mise à jour de vos comptes…",
    },
}

STAGES = ("contacting", "question", "sign_in", "expired", "paused", "checking", "done", "ended")


def speak(language: str, app: str) -> dict[str, str]:
    """Return every text in this language, or in English if the page has no such language, with the app's name."""
    names = Names(app, "{bank}", language)
    return {name: names.put_into(texts.get(language, texts["en"])) for name, texts in WORDING.items()}
