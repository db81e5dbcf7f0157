"""The plan with its answer, and the post made public."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import selection.models.selection
from audit.coverage import Cover
from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0039_imprints_without_reporters"),
    ]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("published_on", models.DateField()),
                ("posts", models.CharField(max_length=120)),
                ("seats", models.PositiveSmallIntegerField()),
                ("conditions", models.TextField(blank=True)),
                ("scope", models.TextField(blank=True)),
                ("procedure", models.TextField(blank=True)),
                ("published_at", models.DateTimeField()),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="announcements",
                        to="selection.selection",
                    ),
                ),
            ],
            options={
                "ordering": ["published_at", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("seats__gte", 1)), name="an_announcement_is_of_a_seat")
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("superior", models.CharField(max_length=80)),
                ("submitted_on", models.DateField()),
                ("submitted_at", models.DateTimeField()),
                ("quota_confirmed", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("quota_confirmed_on", models.DateField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("approved", "Approved"), ("filed", "Taken on file"), ("returned", "Returned")],
                        max_length=20,
                    ),
                ),
                ("answered_on", models.DateField(blank=True, null=True)),
                ("answer", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answer_document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="selection.document",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="selection.document"
                    ),
                ),
                (
                    "quota_document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="selection.document",
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plans", to="selection.selection"
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["submitted_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at__isnull", True), ("answered_on__isnull", True), ("outcome", "")),
                            models.Q(
                                models.Q(("outcome", ""), _negated=True),
                                ("answered_at__isnull", False),
                                ("answered_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_plan_is_answered_on_a_day_or_not_at_all",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "returned"), _negated=True),
                        fields=("selection",),
                        name="one_plan_that_was_not_returned",
                    ),
                ],
            },
            bases=(selection.models.selection.OfSelection, models.Model),
        ),
        Cover("selection_plan", stream="selection:", column="selection_id"),
        Cover("selection_announcement", stream="selection:", column="selection_id"),
        Imprints(
            {
                "selection_plan": [
                    "id",
                    "selection_id",
                    "superior",
                    "document_id",
                    "submitted_on",
                    "submitted_by_id",
                    "submitted_at",
                    "quota_confirmed",
                    "quota_confirmed_on",
                    "quota_document_id",
                    "outcome",
                    "answered_on",
                    "answer_document_id",
                    "answered_at",
                ],
                "selection_announcement": ["id", "selection_id", "published_on", "posts", "seats", "published_at"],
            }
        ),
    ]
