"""Candidates compared, in words."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import selection.models.selection
from audit.coverage import Cover
from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0063_notice_of_appointment"),
    ]

    operations = [
        migrations.CreateModel(
            name="Comparison",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("motion", "Motion"),
                            ("nomination", "Initial nomination"),
                            ("recommendation", "Democratic recommendation"),
                            ("inspection", "Inspection"),
                            ("deliberation", "Consultation and decision"),
                            ("decided", "Decided"),
                            ("closed", "Closed"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "aspect",
                    models.CharField(
                        choices=[
                            ("post_needs", "What the post needs"),
                            ("achievements", "Achievements in the work"),
                            ("appraisals", "Appraisals of the years"),
                            ("potential", "Potential"),
                            ("virtue", "Virtue and ability"),
                            ("support", "Support among the people"),
                            ("personality", "Personality"),
                            ("fit", "Fit of person and post"),
                        ],
                        max_length=20,
                    ),
                ),
                ("judgement", models.TextField()),
                ("compared_at", models.DateTimeField()),
                (
                    "candidacy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comparisons",
                        to="selection.candidacy",
                    ),
                ),
                (
                    "compared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comparisons",
                        to="selection.selection",
                    ),
                ),
            ],
            options={
                "ordering": ["compared_at", "pk"],
            },
            bases=(selection.models.selection.OfSelection, models.Model),
        ),
        Cover("selection_comparison", stream="selection:", column="selection_id"),
        Imprints(
            {
                "selection_comparison": [
                    "id",
                    "selection_id",
                    "candidacy_id",
                    "stage",
                    "aspect",
                    "compared_by_id",
                    "compared_at",
                ],
            }
        ),
    ]
