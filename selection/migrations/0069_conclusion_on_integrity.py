"""The conclusion on integrity with its two signatures, with its imprint; the groups of a bureau's sections."""

from django.db import migrations, models

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0068_before_the_committee"),
    ]

    operations = [
        migrations.AddField(
            model_name="checkresult",
            name="countersigned_by",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="checkresult",
            name="signed_by",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AlterField(
            model_name="checkresult",
            name="check_kind",
            field=models.CharField(
                choices=[
                    ("archive", "Study of the personal archive"),
                    ("site_visit", "Visit on the spot"),
                    ("personal_matters", "Report on personal matters"),
                    ("opinion_forms", "Opinion forms handed out"),
                    ("survey", "Special survey"),
                    ("extended", "Inspection beyond the present unit"),
                    ("integrity", "Conclusion on integrity, with two signatures"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="talk",
            name="group",
            field=models.CharField(
                choices=[
                    ("leaders", "Leading body of the unit"),
                    ("middle", "Middle-level cadres of the unit"),
                    ("delegates", "Delegates and other persons concerned"),
                    ("candidate", "The inspected person"),
                    ("section", "Cadres of the own section"),
                    ("related", "Delegates of related sections"),
                ],
                max_length=20,
            ),
        ),
        Imprints(
            {
                "selection_checkresult": [
                    "id",
                    "selection_id",
                    "candidacy_id",
                    "check_kind",
                    "held_on",
                    "finding",
                    "signed_by",
                    "countersigned_by",
                    "document_id",
                    "recorded_at",
                ]
            }
        ),
    ]
