"""Forms of accounts, roles and seats (账号、角色、席位表单)."""

from typing import Any

from django import forms
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection import accounts
from selection.acts import Secret
from selection.enums import Act, Duty, Role
from selection.models import Account, Body, Holding, Mandate, Seat
from selection.register.models import Person
from selection.web.forms.act import ActForm, DayField, EnumField, PersonField, RowField, TextField


def name_of(person: Person | None) -> str:
    """A person as the field for persons reads it."""
    return f"{person.name} {person.organisation.short_name}" if person else ""


def check_password(password: str, account: Account) -> None:
    """Raises ``ValidationError`` for a password that is too easily guessed, in words that are translated."""
    try:
        validate_password(password, account)
    except forms.ValidationError as easy:
        raise forms.ValidationError(
            [
                forms.ValidationError(_("The password has fewer than %(min_length)d characters."), params=one.params)
                if one.code == "password_too_short"
                else one
                for one in easy.error_list
            ]
        ) from None


class PasswordForm(ActForm):
    """A form with a new password, typed twice, which leaves it as a secret."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("Give it to the person by hand; the person changes it after the first log-in."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=_("The password again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def account(self) -> Account:
        """Whose password it is, so that it does not resemble the user name."""
        return self.subject

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        password = given.get("password", "")
        if password and given.get("password_again") and given["password_again"] != password:
            self.add_error("password_again", _("The two passwords differ."))
        if password:
            try:
                check_password(password, self.account())
            except forms.ValidationError as easy:
                self.add_error("password", easy)
        return given

    def given(self) -> dict[str, Any]:
        given = super().given()
        del given["password_again"]
        return {**given, "password": Secret(given["password"])}


class CreateAccountForm(PasswordForm):
    act = Act.CREATE_ACCOUNT
    consequence = _("The account can log in at once and do nothing yet; roles are given on its page.")

    username = forms.CharField(
        label=_("User name"),
        max_length=40,
        help_text=_("Small letters and digits. It stands in the record and cannot be changed later."),
        validators=Account._meta.get_field("username").validators,
    )
    name = forms.CharField(label=_("Name"), max_length=60)
    department = forms.CharField(
        label=_("Department"),
        max_length=80,
        required=False,
        help_text=_("As it stands in letters; a consulted department answers under this name."),
    )
    person = PersonField(
        label=_("Person in the register"),
        required=False,
        help_text=_("Whoever is linked sees nothing of a matter in which he or she is a candidate or recused."),
    )

    field_order = ("username", "name", "department", "person", "password", "password_again")

    def prepare(self) -> None:
        self.order_fields(self.field_order)

    def account(self) -> Account:
        return Account(username=self.cleaned_data.get("username", ""), name=self.cleaned_data.get("name", ""))

    def next_url(self, result: Account) -> str:
        return reverse("account", args=[result.pk])


class CorrectAccountForm(ActForm):
    act = Act.CORRECT_ACCOUNT

    name = forms.CharField(label=_("Name"), max_length=60)
    department = forms.CharField(label=_("Department"), max_length=80, required=False)
    person = PersonField(label=_("Person in the register"), required=False)
    reason = TextField(label=_("Reason for the correction"), rows=2)

    def first_values(self) -> dict[str, Any]:
        account: Account = self.subject
        return {"name": account.name, "department": account.department, "person": name_of(account.person)}

    def given(self) -> dict[str, Any]:
        given = super().given()
        return {"reason": given["reason"], "values": {name: given[name] for name in accounts.ACCOUNT_FIELDS}}


class ResetPasswordForm(PasswordForm):
    act = Act.RESET_PASSWORD
    consequence = _("Whoever is logged in with this account is logged out.")

    reason = TextField(label=_("Reason"), rows=2)


class ChangePasswordForm(PasswordForm):
    act = Act.CHANGE_PASSWORD
    consequence = _("Whoever else is logged in with this account is logged out; you stay.")

    old = forms.CharField(
        label=_("The old password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def prepare(self) -> None:
        self.order_fields(("old", "password", "password_again"))
        self.fields["password"].label = _("The new password")
        self.fields["password"].help_text = _("At least ten characters, not only digits, and no common word.")
        self.fields["password_again"].label = _("The new password again")

    def given(self) -> dict[str, Any]:
        given = super().given()
        return {**given, "old": Secret(given["old"])}

    def performed(self, request: HttpRequest) -> None:
        """Keep this very session, which like all others was bound to the old password."""
        self.subject.refresh_from_db(fields=["password"])
        update_session_auth_hash(request, self.subject)


class CloseAccountForm(ActForm):
    act = Act.CLOSE_ACCOUNT
    danger = True
    consequence = _("Nobody can log in with the account any more. What it did stays in the record; it can be reopened.")

    reason = TextField(label=_("Reason"), rows=2)


class ReopenAccountForm(ActForm):
    act = Act.REOPEN_ACCOUNT
    consequence = _("The account can log in again, with the roles that have not ended meanwhile.")

    reason = TextField(label=_("Reason"), rows=2)


class GrantRoleForm(ActForm):
    act = Act.GRANT_ROLE

    role = EnumField(Role, among=accounts.GIVEN_TO_PEOPLE, label=_("Role"))
    mandate = RowField(label=_("For which posts"))
    from_on = DayField(label=_("First day"))
    until_on = DayField(label=_("Last day"), required=False, help_text=_("Leave empty for a role without an end."))

    def prepare(self) -> None:
        held = [mandate for role, mandate in self.actor.roles_in_force(self.today) if role is Role.ADMINISTRATOR]
        mandates = list(Mandate.objects.filter(pk__in=held).order_by("pk"))
        self.fields["mandate"].offer(mandates)  # type: ignore[attr-defined]
        if len(mandates) == 1:
            self.initial["mandate"] = mandates[0].pk

    def first_values(self) -> dict[str, Any]:
        return {"from_on": self.today}


def role_label(holding: Holding) -> str:
    """A role as a choice: what, for which posts, since when."""
    return f"{holding.get_role_display()} · {holding.mandate} · {holding.from_on}"


class EndRoleForm(ActForm):
    act = Act.END_ROLE
    consequence = _("The role gives nothing from the day after its last day.")

    holding = RowField(label=_("Role"))
    until_on = DayField(label=_("Last day"), help_text=_("Yesterday, to end the role at once."))
    reason = TextField(label=_("Reason"), rows=2)

    def prepare(self) -> None:
        lasting = [held for held in self.case.holdings if held.until_on is None or held.until_on >= self.today]
        self.fields["holding"].offer(lasting, role_label)  # type: ignore[attr-defined]

    def first_values(self) -> dict[str, Any]:
        return {"until_on": self.today}


class AddPlenumForm(ActForm):
    act = Act.ADD_PLENUM
    consequence = _(
        "Its members are then given their seats, with dates.  How many should take part in a recommendation of the "
        "plenary committee is counted from them."
    )

    def next_url(self, result: Body) -> str:
        return reverse("seats", args=[result.pk])


class SeatForm(ActForm):
    """A form about the seats of a body, which leads back to them."""

    def next_url(self, result: Seat) -> str:
        return reverse("seats", args=[self.subject.pk])


class SeatMemberForm(SeatForm):
    act = Act.SEAT_MEMBER

    person = PersonField(label=_("Person"))
    duty = EnumField(Duty, label=_("In charge of"))
    rank = forms.IntegerField(
        label=_("Place in the list"), min_value=1, max_value=999, help_text=_("The secretary is the first.")
    )
    from_on = DayField(label=_("First day"))
    until_on = DayField(label=_("Last day"), required=False, help_text=_("Leave empty for a seat without an end."))

    def first_values(self) -> dict[str, Any]:
        ranks = [seat.rank for seat in self.case.seats.all() if seat.until_on is None]
        return {"from_on": self.today, "rank": max(ranks, default=0) + 1, "duty": Duty.MEMBER.value}


class EndSeatForm(SeatForm):
    act = Act.END_SEAT
    consequence = _("From the day after, the person no longer counts among those who should attend.")

    seat = RowField(label=_("Seat"))
    until_on = DayField(label=_("Last day"))
    reason = TextField(label=_("Reason"), rows=2)

    def prepare(self) -> None:
        held = [seat for seat in self.case.seats.all() if seat.until_on is None]
        self.fields["seat"].offer(held, lambda seat: f"{seat.person.name}（{seat.get_duty_display()}）")  # type: ignore[attr-defined]

    def first_values(self) -> dict[str, Any]:
        return {"until_on": self.today}
