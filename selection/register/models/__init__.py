"""People and posts and their constraints; no decisions (名册)."""

from selection.register.models.appraisal import Appraisal
from selection.register.models.file import ENTRIES, ArchiveAudit, EconomicAudit, Education, Entry, Sanction, Training
from selection.register.models.kinship import Kinship, KinshipQuerySet
from selection.register.models.organisation import (
    Establishment,
    EstablishmentQuerySet,
    Organisation,
    OrganisationCase,
    Quota,
    Register,
    Vacancy,
    establishment,
    vacancies,
)
from selection.register.models.person import Person, PersonCase, PersonQuerySet
from selection.register.models.post import Post, PostCase, PostQuerySet
from selection.register.models.tenure import Tenure, TenureQuerySet, heads

__all__ = [
    "ENTRIES",
    "Appraisal",
    "ArchiveAudit",
    "EconomicAudit",
    "Education",
    "Entry",
    "Establishment",
    "EstablishmentQuerySet",
    "Kinship",
    "KinshipQuerySet",
    "Organisation",
    "OrganisationCase",
    "Person",
    "PersonCase",
    "PersonQuerySet",
    "Post",
    "PostCase",
    "PostQuerySet",
    "Quota",
    "Register",
    "Sanction",
    "Tenure",
    "TenureQuerySet",
    "Training",
    "Vacancy",
    "establishment",
    "heads",
    "vacancies",
]
