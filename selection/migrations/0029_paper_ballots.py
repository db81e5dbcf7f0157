"""Paper ballots: a third way to hold one, and who has entered what came back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import selection.models.selection
from audit.coverage import APPENDING, Cover


class Migration(migrations.Migration):
    dependencies = [APPENDING, ("selection", "0028_refused_recount")]

    operations = [
        migrations.AlterField(
            model_name="rollmember",
            name="channel",
            field=models.CharField(
                choices=[
                    ("none", "Not yet"),
                    ("online", "Electronic ballot"),
                    ("slip", "Slip"),
                    ("paper", "Ballot on paper"),
                ],
                default="none",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="PaperEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entered_at", models.DateTimeField()),
                ("rejected_at", models.DateTimeField(blank=True, null=True)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="paper_entries", to="selection.round"
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="paper_entries",
                        to="selection.selection",
                    ),
                ),
                (
                    "teller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["entered_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("rejected_at__isnull", True)),
                        fields=("round", "teller"),
                        name="a_teller_enters_the_paper_of_a_round_once",
                    )
                ],
            },
            bases=(selection.models.selection.OfSelection, models.Model),
        ),
        Cover("selection_paperentry", stream="selection:", column="selection_id"),
    ]
