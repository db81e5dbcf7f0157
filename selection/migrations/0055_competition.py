"""A competition for a grade: the posts offered, and which of them was assigned to whom."""

import django.db.models.deletion
from django.db import migrations, models

from audit.coverage import Cover
from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0009_post_conditions"),
        ("selection", "0054_team_plan"),
    ]

    operations = [
        migrations.AddField(
            model_name="candidacy",
            name="post",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="register.post",
            ),
        ),
        migrations.AddField(
            model_name="candidacy",
            name="assigned_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="candidacy",
            name="assignment_reason",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="selection",
            name="competition",
            field=models.CharField(
                blank=True, choices=[("post", "For a post"), ("grade", "For a grade")], max_length=20
            ),
        ),
        migrations.CreateModel(
            name="OfferedPost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="register.post"
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="offered", to="selection.selection"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("selection", "post"), name="a_post_is_offered_once")],
            },
        ),
        Cover("selection_offeredpost", stream="selection:", column="selection_id"),
        Imprints(
            {
                "selection_offeredpost": ["id", "selection_id", "post_id"],
                "selection_candidacy": [
                    "id",
                    "selection_id",
                    "person_id",
                    "state",
                    "source",
                    "nominated_at",
                    "post_id",
                    "assigned_on",
                    "ended_at",
                    "ended_stage",
                ],
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
                    "suspended_at",
                    "closed_at",
                    "texts_destroyed_at",
                ],
            }
        ),
    ]
