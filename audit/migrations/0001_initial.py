"""Entries and openings (记录与另存原文)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.CharField(max_length=100)),
                ("seq", models.BigIntegerField()),
                ("recorded_at", models.DateTimeField()),
                ("leaf", models.CharField(max_length=64)),
                ("body", models.TextField()),
                ("at", models.DateTimeField()),
                ("action", models.CharField(max_length=100)),
                ("actor_id", models.CharField(max_length=100)),
                ("actor_name", models.CharField(max_length=200)),
                ("case_name", models.CharField(max_length=100)),
                ("object_type", models.CharField(max_length=100)),
                ("object_id", models.CharField(max_length=100)),
                ("req", models.CharField(max_length=100)),
                ("txid", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "entry of the record",
                "verbose_name_plural": "entries of the record",
                "indexes": [
                    models.Index(fields=["case_name", "id"], name="entries_of_a_case"),
                    models.Index(fields=["action", "id"], name="entries_of_an_action"),
                    models.Index(fields=["actor_id", "id"], name="entries_of_an_actor"),
                    models.Index(fields=["req"], name="entries_of_a_request"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "seq"), name="one_entry_per_number_of_a_stream")
                ],
            },
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=100)),
                ("salt", models.BinaryField()),
                ("value", models.TextField()),
                (
                    "entry",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="openings",
                        to="audit.entry",
                    ),
                ),
            ],
            options={
                "verbose_name": "text kept beside the record",
                "verbose_name_plural": "texts kept beside the record",
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "field"), name="one_opening_per_sealed_field")
                ],
            },
        ),
    ]
