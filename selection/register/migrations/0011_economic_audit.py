"""Audits of economic responsibility in the file of a person."""

import django.db.models.deletion
from django.db import migrations, models

from audit.coverage import APPENDING, Cover


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0010_post_superior"),
        APPENDING,
    ]

    operations = [
        migrations.CreateModel(
            name="EconomicAudit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("in_term", "Audit during the term"),
                            ("on_leaving", "Audit on leaving the post"),
                            ("before_promotion", "Audit before a promotion"),
                            ("joint", "Joint review of three responsibilities"),
                        ],
                        max_length=20,
                        verbose_name="Occasion of the audit",
                    ),
                ),
                ("reported_on", models.DateField(verbose_name="Report of the audit of")),
                ("number", models.CharField(max_length=60, verbose_name="Number of the report")),
                ("notified_on", models.DateField(blank=True, null=True, verbose_name="Told by the audit organ on")),
                ("conclusion", models.CharField(max_length=200, verbose_name="Economic responsibility")),
                (
                    "appointing",
                    models.CharField(blank=True, max_length=200, verbose_name="Responsibility for appointments"),
                ),
                (
                    "staffing",
                    models.CharField(blank=True, max_length=200, verbose_name="Responsibility for the establishment"),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "Nothing followed"),
                            ("promoted", "Promoted"),
                            ("removed", "Removed from the post"),
                            ("dismissed", "Dismissed"),
                            ("discipline", "Handed to discipline inspection"),
                            ("judiciary", "Handed to the judiciary"),
                        ],
                        max_length=20,
                        verbose_name="What the audit led to",
                    ),
                ),
                (
                    "amount",
                    models.PositiveBigIntegerField(blank=True, null=True, verbose_name="Amount concerned, in yuan"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="register.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-reported_on", "-pk"],
                "indexes": [models.Index(fields=["person", "reported_on"], name="economic_audit_by_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("notified_on__isnull", True),
                            ("notified_on__gte", models.F("reported_on")),
                            _connector="OR",
                        ),
                        name="an_audit_is_told_of_after_its_report",
                        violation_error_message="The audit organ cannot tell of a report before its day.",
                    )
                ],
            },
        ),
        Cover("register_economicaudit", stream="person:", column="person_id"),
    ]
