"""From which circle somebody is put forward, and why nobody of a nearer one."""

from django.db import migrations, models

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0043_imprints_of_posts"),
    ]

    operations = [
        migrations.AddField(
            model_name="nomination",
            name="nobody_nearer",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="nomination",
            name="origin",
            field=models.CharField(
                blank=True,
                choices=[
                    ("department", "The department itself"),
                    ("company", "The whole company"),
                    ("society", "Society at large"),
                ],
                max_length=20,
            ),
        ),
        Imprints(
            {
                "selection_nomination": [
                    "id",
                    "selection_id",
                    "person_id",
                    "candidacy_id",
                    "source",
                    "nominator_id",
                    "signed",
                    "route",
                    "ground",
                    "evidence_id",
                    "proposed_on",
                    "discipline_read",
                    "nominated_at",
                    "outcome",
                    "reviewed_at",
                    "fed_back_at",
                    "unit_id",
                    "first_responsible_id",
                    "form_id",
                    "origin",
                    "taken_from_id",
                ],
            }
        ),
    ]
