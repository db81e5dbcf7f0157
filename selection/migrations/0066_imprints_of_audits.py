"""An audit of economic responsibility leaves an imprint too."""

from django.db import migrations

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0011_economic_audit"),
        ("selection", "0065_means_of_inspection"),
    ]

    operations = [
        Imprints(
            {
                "register_economicaudit": [
                    "id",
                    "person_id",
                    "kind",
                    "reported_on",
                    "number",
                    "notified_on",
                    "conclusion",
                    "appointing",
                    "staffing",
                    "outcome",
                    "amount",
                ],
            }
        ),
    ]
