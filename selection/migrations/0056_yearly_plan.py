"""Plans of a year that units hand in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audit.coverage import Cover
from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0009_post_conditions"),
        ("selection", "0055_competition"),
    ]

    operations = [
        migrations.CreateModel(
            name="YearlyPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                (
                    "grade",
                    models.CharField(
                        choices=[
                            ("township_chief", "Section-head grade"),
                            ("township_deputy", "Deputy-section-head grade"),
                            ("county_chief", "County-head grade"),
                            ("county_deputy", "Deputy-county-head grade"),
                            ("staff_grade", "Staff"),
                        ],
                        max_length=20,
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("submitted_on", models.DateField()),
                ("filed_at", models.DateTimeField()),
                (
                    "filed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "mandate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="yearly_plans", to="selection.mandate"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="register.organisation"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="yearly_plans",
                        to="register.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["mandate", "year", "unit", "grade", "-id"], name="yearly_plan_by_year"),
                    models.Index(fields=["unit", "submitted_on"], name="yearly_plan_by_unit"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("year__gte", 2000)), name="a_yearly_plan_is_of_a_year")
                ],
            },
        ),
        Cover("selection_yearlyplan", stream="organisation:", column="organisation_id"),
        Imprints(
            {
                "selection_yearlyplan": [
                    "id",
                    "mandate_id",
                    "organisation_id",
                    "unit_id",
                    "year",
                    "grade",
                    "number",
                    "submitted_on",
                    "filed_at",
                    "filed_by_id",
                ],
            }
        ),
    ]
