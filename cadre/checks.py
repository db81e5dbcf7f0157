"""What a site can get wrong before it starts; everything else is the doctor's."""

import importlib.util
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from cadre import env, wellbeing

PAPER_FONT_PACKAGE = "pylopdf_fonts_zh_cn"
TITLE_FONT = "NotoSerifSC-Bold.ttf"


@checks.register("site")
def translations_are_there(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Without its compiled catalogue the site would silently be English."""
    finding = wellbeing.translations()
    return [] if finding.well else [checks.Error(str(finding.says), hint=str(finding.what_to_do), id="cadre.E001")]


@checks.register("site")
def fonts_are_there(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Papers without their fonts are empty boxes, and nothing reports it."""
    found: list[checks.CheckMessage] = []
    if importlib.util.find_spec(PAPER_FONT_PACKAGE) is None:
        found.append(checks.Error("The fonts of papers are not installed.", hint="Run `make setup`.", id="cadre.E002"))
    if not (settings.BASE_DIR / "static" / "fonts" / TITLE_FONT).exists():
        hint = f"Fetch static/fonts/{TITLE_FONT} from the repository again."
        found.append(checks.Error("The font of titles is missing.", hint=hint, id="cadre.E003"))
    return found


@checks.register("site")
def rulebooks_are_sound(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """A broken rulebook stops the start with file, line, key and reason."""
    from selection.rulebook import lint

    hint = "Mend the line; `python -m selection.rulebook.lint` lists all faults."
    return [checks.Error(str(problem), hint=hint, id="cadre.E004") for problem in lint.problems()]


@checks.register("site")
def only_a_demonstration_moves_its_clock(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """A clock that can be moved would make every period meaningless."""
    if settings.DEMONSTRATION or settings.CLOCK_FILE is None:
        return []
    hint = "Remove CLOCK_FILE from the environment.  Only a demonstration site (DEMONSTRATION=yes) may have one."
    return [checks.Error("CLOCK_FILE is set, but this is not a demonstration site.", hint=hint, id="cadre.E005")]


@checks.register("site")
def the_box_has_an_address_of_its_own(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Behind TLS nobody can guess it; and under the site's own address, ballots and log-ins would share connections."""
    site, box = urlsplit(settings.SITE_ADDRESS), urlsplit(settings.BOX_ADDRESS)
    if site.scheme != "https" and not box.netloc:
        return []
    if box.scheme in ("http", "https") and box.netloc and box.netloc != site.netloc:
        return []
    hint = "Set BOX_ADDRESS to a name or port of its own, such as https://box.selection.example."
    return [checks.Error("The box has no address of its own.", hint=hint, id="cadre.E007")]


@checks.register("site")
def a_demonstration_is_meant(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """A database of its own means a real site, unless somebody has said otherwise in so many words."""
    if not settings.DEMONSTRATION or settings.EMBEDDED or env.given("DEMONSTRATION"):
        return []
    hint = "Write DEMONSTRATION=no, or DEMONSTRATION=yes where invented people and a movable clock are meant."
    return [checks.Error("A demonstration on a database of its own must be asked for.", hint=hint, id="cadre.E006")]


@checks.register("site")
def the_key_of_the_notary_can_be_read(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """With half a key no checkpoint could be told from a forged one."""
    from audit import chain, tree

    try:
        tree.known_keys()
    except chain.NotCanonical as why:
        hint = "Copy the whole line of key.pub from the notary's folder; several are separated by commas."
        return [checks.Error(f"NOTARY_KEY is no public key of a notary: {why}.", hint=hint, id="cadre.E008")]
    return []


@checks.register("site")
def the_seal_can_be_used(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Half a seal stops the start; one that has run out does not, since papers wait for the next one."""
    from selection.documents import seal

    hint = "docs/operating.md, The seal, says what is set where; without any of it papers carry no seal."
    if (settings.SEAL_KEYSTORE or settings.SEAL_HOOK) and not settings.SEAL_CERTIFICATES:
        return [checks.Error("There is a key for the seal and no SEAL_CERTIFICATES.", hint=hint, id="cadre.E009")]
    if settings.SEAL_KEYSTORE and settings.SEAL_HOOK:
        said = "SEAL_KEYSTORE and SEAL_HOOK are both set.  Keep one of them."
        return [checks.Error(said, hint=hint, id="cadre.E009")]
    try:
        seal.certificates()
        seal.check_keystore()
    except seal.NotSealed as why:
        return [checks.Error(str(why), hint=hint, id="cadre.E009")]
    return []
