"""Votes of trust in an assessment, with their imprint; the supervision bureau among the consulted departments."""

from django.db import migrations, models

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0059_result_review"),
    ]

    operations = [
        migrations.AddField(
            model_name="assessment",
            name="trust",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="inquiry",
            name="body",
            field=models.CharField(
                choices=[
                    ("discipline", "Discipline inspection commission"),
                    ("supervision", "Supervision bureau"),
                    ("family_planning", "Family planning bureau"),
                    ("audit_office", "Audit bureau"),
                    ("co_manager", "Party that manages the cadre jointly"),
                    ("superior", "Superior organisation department"),
                    ("unit", "Party organisation of the candidate's unit"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(("trust__isnull", True), ("trust__lte", models.F("returned")), _connector="OR"),
                name="no_more_trust_than_forms_returned",
            ),
        ),
        Imprints(
            {
                "selection_assessment": [
                    "id",
                    "selection_id",
                    "candidacy_id",
                    "held_on",
                    "issued",
                    "returned",
                    "excellent",
                    "competent",
                    "basically_competent",
                    "incompetent",
                    "trust",
                    "recorded_at",
                ],
            }
        ),
    ]
