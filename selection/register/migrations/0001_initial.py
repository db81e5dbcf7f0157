"""People and posts; every change of a row needs an entry of the stream that it belongs to."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import selection.acts
import selection.register.models.person
from audit.coverage import APPENDING, Cover


class Migration(migrations.Migration):
    initial = True

    dependencies = [APPENDING]

    operations = [
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="Full name")),
                ("short_name", models.CharField(max_length=40, verbose_name="Short name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("committee", "Party committee"),
                            ("party_organ", "Party organ"),
                            ("government_organ", "Government organ"),
                            ("institution", "Public institution"),
                            ("township", "Township"),
                        ],
                        max_length=20,
                        verbose_name="Kind of unit",
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="Unit code")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="Closed on")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="register.organisation",
                        verbose_name="Unit above",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
            },
            bases=(selection.acts.Subject, models.Model),
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        db_index=True,
                        max_length=50,
                        validators=[selection.register.models.person.every_character_is_standard],
                        verbose_name="Name",
                    ),
                ),
                (
                    "sex",
                    models.CharField(
                        choices=[("female", "Female"), ("male", "Male")], max_length=10, verbose_name="Sex"
                    ),
                ),
                ("ethnicity", models.CharField(max_length=20, verbose_name="Ethnicity")),
                ("native_place", models.CharField(max_length=40, verbose_name="Native place")),
                (
                    "born_on",
                    models.DateField(
                        validators=[selection.register.models.person.first_of_month], verbose_name="Month of birth"
                    ),
                ),
                ("party", models.CharField(max_length=40, verbose_name="Political affiliation")),
                (
                    "joined_party_on",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[selection.register.models.person.first_of_month],
                        verbose_name="Joined the party in",
                    ),
                ),
                ("education", models.CharField(max_length=40, verbose_name="Education")),
                ("degree", models.CharField(blank=True, max_length=40, verbose_name="Degree")),
                (
                    "joined_work_on",
                    models.DateField(
                        validators=[selection.register.models.person.first_of_month], verbose_name="Began work in"
                    ),
                ),
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
                        verbose_name="Grade",
                    ),
                ),
                (
                    "grade_since",
                    models.DateField(
                        validators=[selection.register.models.person.first_of_month], verbose_name="In this grade since"
                    ),
                ),
                ("gone_on", models.DateField(blank=True, null=True, verbose_name="Left on")),
                ("stroke_key", models.CharField(db_collation="C", db_index=True, editable=False, max_length=520)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="people",
                        to="register.organisation",
                        verbose_name="Unit",
                    ),
                ),
            ],
            options={
                "ordering": ["stroke_key", "pk"],
            },
            bases=(selection.acts.Subject, models.Model),
        ),
        migrations.CreateModel(
            name="Appraisal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1949),
                            django.core.validators.MaxValueValidator(2200),
                        ],
                        verbose_name="Year",
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("excellent", "Excellent"),
                            ("competent", "Competent"),
                            ("basically_competent", "Basically competent"),
                            ("incompetent", "Incompetent"),
                            ("not_rated", "Not rated"),
                        ],
                        max_length=20,
                        verbose_name="Result of the year",
                    ),
                ),
                (
                    "votes_excellent",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="Votes: excellent"),
                ),
                (
                    "votes_competent",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="Votes: competent"),
                ),
                (
                    "votes_basic",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="Votes: basically competent"),
                ),
                (
                    "votes_incompetent",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="Votes: incompetent"),
                ),
                ("veto", models.BooleanField(default=False, verbose_name="A matter of veto")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appraisals", to="register.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-year"],
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=60, verbose_name="Title of the post")),
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
                        verbose_name="Grade",
                    ),
                ),
                (
                    "post_class",
                    models.CharField(
                        choices=[("chief", "Chief of a township or county unit"), ("other", "Other leading post")],
                        default="other",
                        max_length=20,
                        verbose_name="Class of post",
                    ),
                ),
                (
                    "is_probationary",
                    models.BooleanField(default=False, verbose_name="Appointment begins with a probation"),
                ),
                (
                    "seats",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="Seats of the post",
                    ),
                ),
                ("abolished_on", models.DateField(blank=True, null=True, verbose_name="Abolished on")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="register.organisation",
                        verbose_name="Unit of the post",
                    ),
                ),
            ],
            options={
                "ordering": ["organisation__code", "pk"],
            },
            bases=(selection.acts.Subject, models.Model),
        ),
        migrations.CreateModel(
            name="Quota",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                        verbose_name="Grade",
                    ),
                ),
                ("approved", models.PositiveSmallIntegerField(verbose_name="Approved number")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="quotas", to="register.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["organisation", "grade"],
            },
        ),
        migrations.CreateModel(
            name="Tenure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_on", models.DateField(verbose_name="Held from")),
                ("until_on", models.DateField(blank=True, null=True, verbose_name="Relieved on")),
                ("on_probation", models.BooleanField(default=False, verbose_name="On probation")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="Document number")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tenures", to="register.person"
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenures",
                        to="register.post",
                        verbose_name="Post",
                    ),
                ),
            ],
            options={
                "ordering": ["from_on", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("parent", models.F("id")), _negated=True),
                name="no_unit_is_above_itself",
                violation_error_message="A unit cannot stand above itself.",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("born_on__lt", models.F("joined_work_on")), ("joined_work_on__lte", models.F("grade_since"))
                ),
                name="born_then_at_work_then_in_the_grade",
                violation_error_message="The months of birth, of beginning work and of the grade must follow in order.",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("joined_party_on__isnull", True), ("joined_party_on__gt", models.F("born_on")), _connector="OR"
                ),
                name="born_before_joining_the_party",
                violation_error_message="Nobody joins a party before being born.",
            ),
        ),
        migrations.AddConstraint(
            model_name="appraisal",
            constraint=models.UniqueConstraint(
                fields=("person", "year"),
                name="one_appraisal_per_person_and_year",
                violation_error_message="The appraisal of this year is already in the register.",
            ),
        ),
        migrations.AddConstraint(
            model_name="appraisal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("votes_basic__isnull", True),
                        ("votes_competent__isnull", True),
                        ("votes_excellent__isnull", True),
                        ("votes_incompetent__isnull", True),
                    ),
                    models.Q(
                        ("votes_basic__isnull", False),
                        ("votes_competent__isnull", False),
                        ("votes_excellent__isnull", False),
                        ("votes_incompetent__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="votes_are_given_together",
                violation_error_message="Give the votes of all four kinds, or none.",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                fields=("organisation", "title"),
                name="one_post_of_a_title_per_unit",
                violation_error_message="The unit already has a post of this title.",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(condition=models.Q(("seats__gte", 1)), name="a_post_has_a_seat"),
        ),
        migrations.AddConstraint(
            model_name="quota",
            constraint=models.UniqueConstraint(fields=("organisation", "grade"), name="one_quota_per_unit_and_grade"),
        ),
        migrations.AddConstraint(
            model_name="tenure",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_on__isnull", True), ("until_on__gte", models.F("from_on")), _connector="OR"),
                name="a_tenure_ends_after_it_begins",
                violation_error_message="A tenure cannot end before it begins.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tenure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until_on__isnull", True)),
                fields=("person", "post"),
                name="one_open_tenure_per_person_and_post",
                violation_error_message="The person already holds this post.",
            ),
        ),
        Cover("register_organisation", stream="organisation:", column="id"),
        Cover("register_quota", stream="organisation:", column="organisation_id"),
        Cover("register_post", stream="organisation:", column="organisation_id"),
        Cover("register_person", stream="person:", column="id"),
        Cover("register_tenure", stream="person:", column="person_id"),
        Cover("register_appraisal", stream="person:", column="person_id"),
    ]
