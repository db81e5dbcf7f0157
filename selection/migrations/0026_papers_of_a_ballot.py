"""A paper may be of one ballot: the blank sheet and the report of the count."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("selection", "0025_recount")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="round",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="selection.round",
            ),
        ),
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(
                choices=[
                    ("notice", "Public notice before appointment"),
                    ("record_form", "Process record form"),
                    ("ballot_paper", "Paper ballot"),
                    ("count_report", "Report of the count"),
                    ("minutes", "Minutes of the meeting"),
                    ("evidence", "Filed document"),
                ],
                max_length=20,
            ),
        ),
    ]
