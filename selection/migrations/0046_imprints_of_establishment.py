"""The approved establishment, and on which one somebody is, leave an imprint too."""

from django.db import migrations

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0005_establishment"),
        ("selection", "0045_sitting"),
    ]

    operations = [
        Imprints(
            {
                "register_establishment": ["id", "organisation_id", "kind", "approved", "from_on", "basis"],
                "register_person": [
                    "id",
                    "name",
                    "sex",
                    "ethnicity",
                    "native_place",
                    "born_on",
                    "party",
                    "joined_party_on",
                    "education",
                    "degree",
                    "joined_work_on",
                    "organisation_id",
                    "establishment",
                    "grade",
                    "grade_since",
                    "gone_on",
                    "stroke_key",
                ],
            }
        ),
    ]
