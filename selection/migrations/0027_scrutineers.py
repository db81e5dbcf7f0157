"""Scrutineers, and what each of them saw to in a ballot."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import selection.models.selection
from audit.coverage import APPENDING, Cover


class Migration(migrations.Migration):
    dependencies = [APPENDING, ("selection", "0026_papers_of_a_ballot")]

    operations = [
        migrations.AlterField(
            model_name="holding",
            name="role",
            field=models.CharField(
                choices=[
                    ("staff", "Case officer"),
                    ("department_head", "Head of the organisation department"),
                    ("secretary", "Party secretary"),
                    ("inspector", "Inspector"),
                    ("teller", "Teller"),
                    ("scrutineer", "Scrutineer"),
                    ("member", "Committee member"),
                    ("leader", "Leading cadre"),
                    ("reviewer", "Consulted department"),
                    ("auditor", "Auditor"),
                    ("administrator", "Administrator"),
                    ("clock", "Clock"),
                    ("public", "The public"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Witness",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="witnesses", to="selection.round"
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="witnesses", to="selection.selection"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "account", "act"), name="a_scrutineer_sees_to_each_thing_once_a_round"
                    )
                ],
            },
            bases=(selection.models.selection.OfSelection, models.Model),
        ),
        Cover("selection_witness", stream="selection:", column="selection_id"),
    ]
