"""Education, training, sanctions and audits in the file of a person."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import selection.register.models.person
from audit.coverage import APPENDING, Cover


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0007_status_of_people"),
        APPENDING,
    ]

    operations = [
        migrations.CreateModel(
            name="ArchiveAudit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("audited_on", models.DateField(verbose_name="Audited on")),
                (
                    "result",
                    models.CharField(
                        choices=[("in_order", "In order"), ("corrected", "Corrected"), ("doubtful", "In doubt")],
                        max_length=20,
                        verbose_name="Result of the audit",
                    ),
                ),
                ("remark", models.CharField(blank=True, max_length=200, verbose_name="What was found")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="register.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-audited_on", "-pk"],
                "indexes": [models.Index(fields=["person", "audited_on"], name="archive_audit_by_person")],
            },
        ),
        migrations.CreateModel(
            name="Education",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("below_college", "Below junior college"),
                            ("college", "Junior college"),
                            ("bachelor", "Bachelor"),
                            ("master", "Master"),
                            ("doctor", "Doctor"),
                        ],
                        max_length=20,
                        verbose_name="Level of education",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("full_time", "Full-time education"), ("in_service", "In-service education")],
                        max_length=20,
                        verbose_name="Mode of study",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("regular", "Regular education"),
                            ("adult", "Adult education"),
                            ("self_taught", "Self-taught examination"),
                            ("open_university", "Radio and television university"),
                            ("correspondence", "Correspondence course"),
                            ("party_school", "Party school"),
                            ("online", "Online education"),
                            ("continuing", "Continuing education"),
                        ],
                        max_length=20,
                        verbose_name="Kind of study",
                    ),
                ),
                ("school", models.CharField(blank=True, max_length=60, verbose_name="School")),
                ("subject", models.CharField(blank=True, max_length=60, verbose_name="Subject")),
                (
                    "graduated_on",
                    models.DateField(
                        validators=[selection.register.models.person.first_of_month], verbose_name="Graduated in"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="register.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-graduated_on", "-pk"],
                "indexes": [models.Index(fields=["person", "level"], name="education_by_person")],
            },
        ),
        migrations.CreateModel(
            name="Sanction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("party_warning", "Warning within the party"),
                            ("serious_party_warning", "Serious warning within the party"),
                            ("removal_from_party_posts", "Removal from posts within the party"),
                            ("party_probation", "Probation within the party"),
                            ("warning", "Warning"),
                            ("demerit", "Demerit"),
                            ("serious_demerit", "Serious demerit"),
                            ("lower_rank", "Lowering of rank"),
                            ("removal_from_office", "Removal from office"),
                            ("admonition", "Admonition"),
                            ("suspension", "Suspension for examination"),
                            ("transfer", "Transfer from the post"),
                            ("ordered_resignation", "Resignation under orders"),
                            ("relieved", "Relieved for cause"),
                            ("demotion", "Demotion"),
                        ],
                        max_length=30,
                        verbose_name="Sanction",
                    ),
                ),
                ("decided_on", models.DateField(verbose_name="Decided on")),
                (
                    "until_on",
                    models.DateField(blank=True, null=True, verbose_name="Last day, where the decision names one"),
                ),
                ("lifted_on", models.DateField(blank=True, null=True, verbose_name="Lifted on")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="Document number")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="register.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-decided_on", "-pk"],
                "indexes": [models.Index(fields=["person", "kind", "decided_on"], name="sanction_by_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True), ("until_on__gte", models.F("decided_on")), _connector="OR"
                        ),
                        name="a_sanction_ends_after_it_begins",
                        violation_error_message="A sanction cannot end before it was decided.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lifted_on__isnull", True), ("lifted_on__gte", models.F("decided_on")), _connector="OR"
                        ),
                        name="a_sanction_is_lifted_after_it_begins",
                        violation_error_message="A sanction cannot be lifted before it was decided.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Training",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80, verbose_name="Training")),
                ("from_on", models.DateField(verbose_name="Began on")),
                ("until_on", models.DateField(verbose_name="Finished on")),
                (
                    "hours",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="Hours of study",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="register.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-until_on", "-pk"],
                "indexes": [models.Index(fields=["person", "until_on"], name="training_by_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until_on__gte", models.F("from_on"))),
                        name="a_training_ends_after_it_begins",
                        violation_error_message="A training cannot end before it begins.",
                    )
                ],
            },
        ),
        Cover("register_education", stream="person:", column="person_id"),
        Cover("register_training", stream="person:", column="person_id"),
        Cover("register_sanction", stream="person:", column="person_id"),
        Cover("register_archiveaudit", stream="person:", column="person_id"),
    ]
