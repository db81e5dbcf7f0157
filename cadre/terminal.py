"""Commands speak the language of the terminal: Chinese where LANG says so, English everywhere else."""

from django.utils import translation

from cadre import env


def speak() -> None:
    """Turn translations to the language of the person at the terminal."""
    wanted = env.text("LC_ALL", "") or env.text("LC_MESSAGES", "") or env.text("LANG", "")
    translation.activate("zh-hans" if wanted.lower().startswith("zh") else "en")
