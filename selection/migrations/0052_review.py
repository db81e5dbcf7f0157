"""Reviews of qualification."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import selection.models.selection
from audit.coverage import Cover
from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0051_imprints_of_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[("unit", "First review by the own unit"), ("department", "Review by the department")],
                        max_length=20,
                    ),
                ),
                ("basic", models.BooleanField(null=True)),
                ("archive", models.BooleanField(null=True)),
                ("health", models.BooleanField(null=True)),
                ("post_conditions", models.BooleanField(null=True)),
                ("exam", models.CharField(blank=True, max_length=40)),
                ("qualified", models.BooleanField()),
                ("reason", models.TextField(blank=True)),
                ("reviewed_on", models.DateField()),
                ("reviewed_at", models.DateTimeField()),
                (
                    "candidacy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="selection.candidacy"
                    ),
                ),
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
                    "reviewed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="selection.selection"
                    ),
                ),
            ],
            options={
                "ordering": ["reviewed_at", "pk"],
            },
            bases=(selection.models.selection.OfSelection, models.Model),
        ),
        Cover("selection_review", stream="selection:", column="selection_id"),
        Imprints(
            {
                "selection_review": [
                    "id",
                    "selection_id",
                    "candidacy_id",
                    "step",
                    "basic",
                    "archive",
                    "health",
                    "post_conditions",
                    "exam",
                    "qualified",
                    "document_id",
                    "reviewed_on",
                    "reviewed_by_id",
                    "reviewed_at",
                ],
            }
        ),
    ]
