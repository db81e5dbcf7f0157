"""Accounts (账号): who signs in, and the two that nobody signs in with, the clock and the public."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.tree import Loss, loss
from selection import acts, clock
from selection.enums import Act, Role
from selection.register.models import Person

if TYPE_CHECKING:
    from selection.models.mandate import Holding

_BY_ITSELF = frozenset({Act.CHANGE_PASSWORD, Act.PROPOSE_RECOVERY})
"""What an account does on its own page alone."""

CLOCK = "clock"
PUBLIC = "public"


@dataclass(frozen=True)
class Apart:
    """Who must have no part in one matter and learn nothing of it: recused accounts, recused people, candidates."""

    accounts: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()

    def has(self, account: Account) -> bool:
        return account.pk in self.accounts or account.person_id in self.people


@dataclass(frozen=True)
class AccountCase:
    """What requirements see of an account: its roles, and how many other administrators there are without an end.

    ``loss`` is what a checkpoint that the account gives shows to be lost.
    """

    account: Account
    holdings: tuple[Holding, ...]
    other_administrators: int
    loss: Loss | None = None


class Accounts(BaseUserManager["Account"]):
    def clock(self) -> Account:
        """The account by which deadlines and finished papers are recorded."""
        return self.get(username=CLOCK)

    def public(self) -> Account:
        """The account by which objections from the public are recorded."""
        return self.get(username=PUBLIC)


class Account(acts.Subject, AbstractBaseUser, PermissionsMixin):
    """An account; its roles are ``Holding`` rows with dates, never flags on it."""

    username = models.CharField(
        _("User name"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_.-]*$", _("Small letters, digits, dot, dash; a letter first."))],
    )
    name = models.CharField(_("Name"), max_length=60)
    department = models.CharField(_("Department"), max_length=80, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="accounts")
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    objects = Accounts()

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name

    @property
    def auth(self) -> str:
        return self.username if self.username in (CLOCK, PUBLIC) else "password"

    @property
    def is_system(self) -> bool:
        """The clock and the public: nobody signs in with these."""
        return self.username in (CLOCK, PUBLIC)

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password.

        Django would store a hash anew here when the cost of hashing has been raised, but a password is stored by an act
        or not at all: an account has the new cost from the next change of its password.
        """
        return hashers.check_password(raw_password, self.password)

    def roles_in_force(self, on: date) -> list[tuple[Role, int]]:
        """(role, mandate) held on that day; one query, kept on the instance."""
        kept = self.__dict__.setdefault("_roles", {})
        if on not in kept:
            rows = self.holdings.filter(Q(until_on__isnull=True) | Q(until_on__gte=on), from_on__lte=on)
            found = rows.order_by("role", "mandate_id").values_list("role", "mandate_id")
            kept[on] = [(Role(role), mandate) for role, mandate in found]
        return kept[on]

    def holds(self, role: Role, on: date | None = None) -> bool:
        """Whether the account holds the role for any mandate today, or on that day."""
        return any(held is role for held, _mandate in self.roles_in_force(on or clock.today()))

    def reads_record(self) -> bool:
        """Whether the raw record is open to this account."""
        return self.is_active and not self.is_superuser and self.holds(Role.AUDITOR)

    def closed_streams(self) -> Collection[str]:
        """Streams of which an account that reads the record learns nothing: those of selections it must not see.

        Where there are any, they come as a query, which becomes part of the one that leaves them out.
        """
        from selection.models.selection import Selection

        seen = Selection.objects.visible_to(self).order_by().values("pk")
        hidden = Selection.objects.exclude(pk__in=seen).order_by()
        return hidden.stream_names() if hidden.exists() else ()

    def case(self) -> AccountCase:
        lasting = Q(holdings__role=Role.ADMINISTRATOR, holdings__until_on__isnull=True)
        others = Account.objects.exclude(pk=self.pk).filter(lasting, is_active=True)
        return AccountCase(self, tuple(self.holdings.select_related("mandate")), others.distinct().count())

    def case_for(self, given: Mapping[str, Any], at: datetime) -> Any:
        case = self.case()
        return replace(case, loss=loss(given["note"])) if given.get("note") else case

    def streams(self) -> tuple[str, ...]:
        return ("system",)

    def mandates(self) -> list[int]:
        from selection.models.mandate import Mandate

        kept: list[int] | None = self.__dict__.get("_mandates")
        if kept is None:
            kept = self.__dict__["_mandates"] = list(Mandate.objects.values_list("pk", flat=True))
        return kept

    def hides_from(self, actor: acts.Actor) -> bool:
        return self.is_system

    def admits(self, act: Act, actor: acts.Actor, role: Role, at: Any) -> bool:
        return not self.is_system and (act not in _BY_ITSELF or actor.pk == self.pk)
