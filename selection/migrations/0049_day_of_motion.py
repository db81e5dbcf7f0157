"""On which day a motion was raised, where that was before it was entered."""

from django.db import migrations, models

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0048_imprints_of_status"),
    ]

    operations = [
        migrations.AddField(
            model_name="selection",
            name="moved_on",
            field=models.DateField(blank=True, null=True),
        ),
        Imprints(
            {
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
