"""How many people of each kind a unit may have, and on which establishment somebody is."""

import django.db.models.deletion
from django.db import migrations, models

from audit.coverage import APPENDING, Cover

KINDS = [
    ("administrative", "Administrative establishment"),
    ("institution", "Establishment of public institutions"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0004_duties_of_posts"),
        APPENDING,
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="establishment",
            field=models.CharField(blank=True, choices=KINDS, max_length=20, verbose_name="Establishment"),
        ),
        migrations.CreateModel(
            name="Establishment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=20, verbose_name="Kind of establishment")),
                ("approved", models.PositiveSmallIntegerField(verbose_name="Approved number")),
                ("from_on", models.DateField(verbose_name="From")),
                (
                    "basis",
                    models.CharField(blank=True, max_length=60, verbose_name="Number of the approving document"),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="establishments",
                        to="register.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["organisation", "kind", "-from_on"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "kind", "from_on"), name="one_establishment_per_unit_kind_and_day"
                    )
                ],
            },
        ),
        Cover("register_establishment", stream="organisation:", column="organisation_id"),
    ]
