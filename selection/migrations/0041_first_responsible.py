"""Who answers for a nomination first, its signed form and its unit, and the cases against those who answer."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import selection.models.selection
from audit.coverage import Cover
from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0003_people_in_order"),
        ("selection", "0040_planning"),
    ]

    operations = [
        migrations.AddField(
            model_name="nomination",
            name="co_responsible",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="nomination",
            name="first_responsible",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers_for",
                to="register.person",
            ),
        ),
        migrations.AddField(
            model_name="nomination",
            name="form",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="selection.document",
            ),
        ),
        migrations.AddField(
            model_name="nomination",
            name="taken_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="taken_up",
                to="selection.nomination",
            ),
        ),
        migrations.AddField(
            model_name="nomination",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="register.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="nomination",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("accepted", "Accepted as a candidate"),
                    ("declined", "Not accepted"),
                    ("deferred", "Kept for later"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Liability",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("tainted", "The person had a grave problem before the promotion"),
                            ("personal_motive", "Nominated for personal reasons, as a favour or for a price"),
                            ("against_procedure", "Against the procedure, or knowing that the person does not qualify"),
                            ("misjudged", "The organisation department misjudged or misreported"),
                            ("against_regulation", "Against the regulation on appointments"),
                            ("other_grave", "Improper for another reason, with grave consequences"),
                        ],
                        max_length=20,
                    ),
                ),
                ("facts", models.TextField()),
                ("opened_at", models.DateTimeField()),
                (
                    "handed_to",
                    models.CharField(
                        blank=True,
                        choices=[("discipline", "Discipline inspection"), ("judiciary", "Judicial authority")],
                        max_length=20,
                    ),
                ),
                ("handed_on", models.DateField(blank=True, null=True)),
                ("result", models.TextField(blank=True)),
                ("settled_on", models.DateField(blank=True, null=True)),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="selection.document",
                    ),
                ),
                (
                    "nomination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="liabilities",
                        to="selection.nomination",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="register.person"
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="liabilities",
                        to="selection.selection",
                    ),
                ),
            ],
            options={
                "ordering": ["opened_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("handed_on__isnull", True), ("handed_to", "")),
                            models.Q(models.Q(("handed_to", ""), _negated=True), ("handed_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_case_is_handed_to_somebody_on_a_day",
                    )
                ],
            },
            bases=(selection.models.selection.OfSelection, models.Model),
        ),
        Cover("selection_liability", stream="selection:", column="selection_id"),
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
                    "taken_from_id",
                ],
                "selection_liability": [
                    "id",
                    "selection_id",
                    "nomination_id",
                    "person_id",
                    "ground",
                    "document_id",
                    "opened_by_id",
                    "opened_at",
                    "handed_to",
                    "handed_on",
                    "settled_on",
                ],
            }
        ),
    ]
