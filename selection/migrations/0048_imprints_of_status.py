"""As what somebody serves and whether a post is special leave an imprint too."""

from django.db import migrations

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0007_status_of_people"),
        ("selection", "0047_imprints_of_tenures"),
    ]

    operations = [
        Imprints(
            {
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
                    "status",
                    "establishment",
                    "grade",
                    "grade_since",
                    "gone_on",
                    "stroke_key",
                ],
                "register_post": [
                    "id",
                    "organisation_id",
                    "title",
                    "grade",
                    "post_class",
                    "is_probationary",
                    "seats",
                    "key_kind",
                    "is_special",
                    "co_manager",
                    "abolished_on",
                ],
            }
        ),
    ]
