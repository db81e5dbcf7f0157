"""Reports that come when no notice runs, replies that come too late, notes of investigations."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audit.coverage import APPENDING, Cover


class Migration(migrations.Migration):
    dependencies = [APPENDING, ("selection", "0006_round_spare")]

    operations = [
        migrations.AddField(
            model_name="objection",
            name="late",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="reply",
            name="late",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="objection",
            name="effect",
            field=models.CharField(
                blank=True,
                choices=[
                    ("unfounded", "Not substantiated"),
                    ("no_effect", "Substantiated, no effect on the appointment"),
                    ("held", "Not settled yet, the appointment is held"),
                    ("upheld", "Substantiated, the appointment is cancelled"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="InvestigationNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("notes", models.TextField()),
                ("noted_at", models.DateTimeField()),
                (
                    "noted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "objection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="selection.objection"
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="investigation_notes",
                        to="selection.selection",
                    ),
                ),
            ],
            options={"ordering": ["noted_at", "pk"]},
        ),
        Cover("selection_investigationnote", stream="selection:", column="selection_id"),
    ]
