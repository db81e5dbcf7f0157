"""What kind of work a tenure is leaves an imprint too."""

from django.db import migrations

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0006_kind_of_tenure"),
        ("selection", "0046_imprints_of_establishment"),
    ]

    operations = [
        Imprints(
            {
                "register_tenure": [
                    "id",
                    "person_id",
                    "post_id",
                    "from_on",
                    "until_on",
                    "on_probation",
                    "is_grassroots",
                    "is_seconded",
                    "basis",
                ],
            }
        ),
    ]
