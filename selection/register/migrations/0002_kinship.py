"""Relatives, kept by acts on the person in whose file they stand."""

import django.db.models.deletion
from django.db import migrations, models

from audit.coverage import APPENDING, Cover


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0001_initial"),
        APPENDING,
    ]

    operations = [
        migrations.CreateModel(
            name="Kinship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("called", models.CharField(max_length=20, verbose_name="Form of address")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("spouse", "Husband or wife"),
                            ("direct_blood", "Direct blood relation"),
                            ("collateral_blood", "Collateral blood relation within three generations"),
                            ("near_affinity", "Close relation by marriage"),
                            ("other", "Other relation"),
                        ],
                        max_length=20,
                        verbose_name="Kind of relation",
                    ),
                ),
                ("relative_name", models.CharField(blank=True, max_length=50, verbose_name="Name of the relative")),
                (
                    "relative_unit",
                    models.CharField(blank=True, max_length=120, verbose_name="Unit and post of the relative"),
                ),
                ("until_on", models.DateField(blank=True, null=True, verbose_name="Relation ended on")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="kinships", to="register.person"
                    ),
                ),
                (
                    "relative",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kinships_of",
                        to="register.person",
                        verbose_name="In the register as",
                    ),
                ),
            ],
            options={
                "ordering": ["person", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("relative__isnull", True),
                            models.Q(("relative", models.F("person")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_is_his_own_relative",
                        violation_error_message="Nobody is his or her own relative.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("relative__isnull", False), ("until_on__isnull", True)),
                        fields=("person", "relative"),
                        name="one_standing_kinship_per_pair",
                        violation_error_message="This relative stands in the file already.",
                    ),
                ],
            },
        ),
        Cover("register_kinship", stream="person:", column="person_id"),
    ]
