"""An appointment on probation may be cancelled; what it ended is remembered, so that it can be given back."""

from typing import Any

import django.contrib.postgres.fields
from django.db import migrations, models

GRADES = [
    ("township_chief", "Section-head grade"),
    ("township_deputy", "Deputy-section-head grade"),
    ("county_chief", "County-head grade"),
    ("county_deputy", "Deputy-county-head grade"),
    ("staff_grade", "Staff"),
]
EDGE = {"machine": "appointment", "source": "appointed", "target": "cancelled"}


def add_edge(apps: Any, schema_editor: Any) -> None:
    apps.get_model("selection", "StageEdge").objects.create(**EDGE)


def remove_edge(apps: Any, schema_editor: Any) -> None:
    apps.get_model("selection", "StageEdge").objects.filter(**EDGE).delete()


class Migration(migrations.Migration):
    dependencies = [("selection", "0011_reconsideration")]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="former",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="former_grade",
            field=models.CharField(blank=True, choices=GRADES, max_length=20),
        ),
        migrations.AddField(
            model_name="appointment",
            name="former_grade_since",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="early_end",
            field=models.CharField(
                blank=True,
                choices=[
                    ("sanction", "A sanction heavy enough to end probation early"),
                    ("offence", "An offence against the law"),
                    ("report", "A substantiated report that weighs against the appointment"),
                    ("procedure", "Appointed against the procedure"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunPython(add_edge, remove_edge),
    ]
