"""Decisions that are reconsidered; a stay in a stage that goes on."""

import django.db.models.deletion
from django.db import migrations, models

from audit.coverage import APPENDING, Cover


class Migration(migrations.Migration):
    dependencies = [APPENDING, ("selection", "0010_correction")]

    operations = [
        migrations.AddField(model_name="stagevisit", name="reopened", field=models.BooleanField(default=False)),
        migrations.CreateModel(
            name="Reconsideration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "requested_by",
                    models.CharField(
                        choices=[("member", "A member of the deciding body"), ("superior", "The superior")],
                        max_length=20,
                    ),
                ),
                ("consented", models.PositiveSmallIntegerField()),
                ("members", models.PositiveSmallIntegerField()),
                ("reason", models.TextField()),
                ("decided_at", models.DateTimeField()),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="selection.document"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="selection.seat",
                    ),
                ),
                (
                    "round",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reconsideration",
                        to="selection.round",
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reconsiderations",
                        to="selection.selection",
                    ),
                ),
            ],
            options={"ordering": ["decided_at", "pk"]},
        ),
        Cover("selection_reconsideration", stream="selection:", column="selection_id"),
    ]
