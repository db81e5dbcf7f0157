"""Selections that only remove somebody from a post, without filling it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

EDGES = [("selection", "motion", "deliberation"), ("candidacy", "nominated", "proposed")]


def add_edges(apps, schema_editor):
    edges = apps.get_model("selection", "StageEdge").objects
    edges.bulk_create([edges.model(machine=machine, source=was, target=now) for machine, was, now in EDGES])


def take_edges_away(apps, schema_editor):
    edges = apps.get_model("selection", "StageEdge").objects
    for machine, was, now in EDGES:
        edges.filter(machine=machine, source=was, target=now).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0002_kinship"),
        ("selection", "0018_routes_of_nomination"),
    ]

    operations = [
        migrations.AddField(
            model_name="selection",
            name="kind",
            field=models.CharField(
                choices=[("appointment", "Appointment"), ("removal", "Removal")],
                default="appointment",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="selection",
            name="tenure",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="register.tenure",
            ),
        ),
        migrations.AddField(
            model_name="removal",
            name="document_number",
            field=models.CharField(blank=True, default="", max_length=60),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.CheckConstraint(
                condition=Q(("kind", "removal"), ("tenure__isnull", False))
                | Q(("kind", "appointment"), ("tenure__isnull", True)),
                name="only_a_removal_is_about_a_tenure",
            ),
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.UniqueConstraint(
                condition=Q(("closed_at__isnull", True)), fields=("tenure",), name="one_running_removal_per_tenure"
            ),
        ),
        migrations.RunPython(add_edges, take_edges_away),
    ]
