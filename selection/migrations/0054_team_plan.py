"""By which plan of adjusting the leading body a post is filled; imprints beside this text and the one of a post."""

from django.db import migrations, models

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0009_post_conditions"),
        ("selection", "0053_training_due"),
    ]

    operations = [
        migrations.AddField(
            model_name="selection",
            name="team_plan",
            field=models.TextField(blank=True),
        ),
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
                    "is_special",
                    "co_manager",
                    "abolished_on",
                ],
                "selection_selection": [
                    "id",
                    "kind",
                    "tenure_id",
                    "number",
                    "mandate_id",
                    "batch_id",
                    "post_id",
                    "organisation_id",
                    "rule_set_id",
                    "stage",
                    "seats",
                    "triggers",
                    "departure",
                    "route",
                    "moved_on",
                    "opened_at",
                    "opened_by_id",
                    "approved_at",
                    "approved_by_id",
                    "entered_at",
                    "suspended_at",
                    "closed_at",
                    "texts_destroyed_at",
                ],
            }
        ),
    ]
