"""What is new about posts leaves an imprint too; here, for the other imprints of posts stand in this app."""

from django.db import migrations

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0004_duties_of_posts"),
        ("selection", "0042_nomination_form"),
    ]

    operations = [
        Imprints(
            {
                "register_post": [
                    "id",
                    "organisation_id",
                    "title",
                    "grade",
                    "post_class",
                    "is_probationary",
                    "seats",
                    "key_kind",
                    "co_manager",
                    "abolished_on",
                ],
            }
        ),
    ]
