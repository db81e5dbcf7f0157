"""What is done around an appointment; imprints beside the superior that approves it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import selection.models.selection
from audit.coverage import Cover
from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0010_post_superior"),
        ("selection", "0056_yearly_plan"),
    ]

    operations = [
        migrations.AlterField(
            model_name="deadline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("notice_end", "End of the public notice"),
                    ("probation_reminder", "Probation is about to end"),
                    ("probation_end", "End of probation"),
                    ("reply_due", "Reply due"),
                    ("feedback_due", "Feedback to the recommender due"),
                    ("nomination_ends", "A nomination ceases to be valid"),
                    ("training_due", "Training to be made up for"),
                    ("handover_due", "Handover due"),
                    ("review_due", "Review of probation due"),
                    ("term_end", "End of the term of office"),
                ],
                max_length=30,
            ),
        ),
        migrations.CreateModel(
            name="Formality",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.CharField(
                        choices=[
                            ("exam", "Examination on integrity"),
                            ("report", "Report on integrity"),
                            ("pledge", "Public pledge on conduct"),
                            ("talk", "Talk on integrity"),
                            ("film", "Film that warns by example"),
                            ("commitment", "Signed commitment to integrity"),
                            ("study", "Study of the rules of discipline"),
                            ("approval", "Approval by the superior"),
                            ("filing", "Report of the appointment to the superior, for its files"),
                            ("handover", "Handover of the former post"),
                            ("training", "Training of newly promoted leaders"),
                            ("petition_duty", "Service as supervisor of petitions"),
                            ("review", "Review during probation"),
                        ],
                        max_length=20,
                    ),
                ),
                ("done_on", models.DateField()),
                ("in_charge", models.CharField(max_length=60)),
                ("score", models.CharField(blank=True, max_length=20)),
                ("passed", models.BooleanField(null=True)),
                ("until_on", models.DateField(blank=True, null=True)),
                ("notes", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="formalities",
                        to="selection.appointment",
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
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="formalities",
                        to="selection.selection",
                    ),
                ),
            ],
            options={
                "ordering": ["recorded_at", "pk"],
            },
            bases=(selection.models.selection.OfSelection, models.Model),
        ),
        Cover("selection_formality", stream="selection:", column="selection_id"),
        Imprints(
            {
                "selection_formality": [
                    "id",
                    "selection_id",
                    "appointment_id",
                    "item",
                    "done_on",
                    "in_charge",
                    "score",
                    "passed",
                    "until_on",
                    "document_id",
                    "recorded_by_id",
                    "recorded_at",
                ],
                "register_post": [
                    "id",
                    "organisation_id",
                    "title",
                    "grade",
                    "post_class",
                    "is_probationary",
                    "seats",
                    "key_kind",
                    "is_special",
                    "superior",
                    "co_manager",
                    "abolished_on",
                ],
            }
        ),
    ]
