"""Why somebody is promoted by exception, and what he or she did not meet."""

import django.contrib.postgres.fields
from django.db import migrations, models

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0049_day_of_motion"),
    ]

    operations = [
        migrations.AddField(
            model_name="nomination",
            name="exception",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="nomination",
            name="unmet",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60), blank=True, default=list, size=None
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
                    "unmet",
                ],
            }
        ),
    ]
