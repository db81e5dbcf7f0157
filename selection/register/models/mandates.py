"""Who may act on the register (名册管理权限): whoever holds a role under any mandate."""

from django.apps import apps


def every_mandate() -> list[int]:
    """Primary keys of all mandates; the register knows none of them, so it asks for the model by name."""
    return list(apps.get_model("selection", "Mandate").objects.values_list("pk", flat=True))
