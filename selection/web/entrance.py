"""The entrance (登录、退出).

Who comes in or goes out is recorded with those who looked at something.  After five failures in a row
an account is shut for half an hour to the place from which they came.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.http import HttpResponse
from django.urls import path

from selection import acts, clock, demonstration
from selection.models import Account


def note(account: Account, what: str) -> None:
    """Record that the account came in or went out."""
    acts.looked_at(account, what, ("account", str(account.pk)), clock.now())


class LogIn(views.LoginView):
    """Log in; on a demonstration site with the list of accounts to try."""

    template_name = "selection/accounts/log_in.html"

    def form_valid(self, form: Any) -> HttpResponse:
        note(form.get_user(), "log_in")
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if settings.DEMONSTRATION:
            context |= {"visitors": demonstration.ACCOUNTS, "password": demonstration.PASSWORD}
        return context


class LogOut(views.LogoutView):
    """Log out."""

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            note(request.user, "log_out")
        return super().post(request, *args, **kwargs)


urlpatterns = [
    path("log-in/", LogIn.as_view(), name="login"),
    path("log-out/", LogOut.as_view(), name="logout"),
]
