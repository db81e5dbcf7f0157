"""On which day the result of a recommendation was reviewed, with the imprint of its selection."""

from django.db import migrations, models

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0058_recommendation_by_the_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="selection",
            name="result_reviewed_on",
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
                    "competition",
                    "departure",
                    "route",
                    "moved_on",
                    "opened_at",
                    "opened_by_id",
                    "approved_at",
                    "approved_by_id",
                    "entered_at",
                    "result_reviewed_on",
                    "suspended_at",
                    "closed_at",
                    "texts_destroyed_at",
                ],
            }
        ),
    ]
