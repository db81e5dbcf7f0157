"""Motions that are raised together are a batch; every change of one needs an entry in the body's stream."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import selection.acts
from audit.coverage import Cover


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0001_initial"),
        ("selection", "0008_recusals_and_waivers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20)),
                ("title", models.CharField(max_length=80)),
                ("grounds", models.TextField()),
                ("opened_at", models.DateTimeField()),
                (
                    "mandate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="batches", to="selection.mandate"
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="register.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["-opened_at", "-pk"],
            },
            bases=(selection.acts.Subject, models.Model),
        ),
        migrations.AddField(
            model_name="selection",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="selections",
                to="selection.batch",
            ),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["mandate", "-opened_at"], name="batch_by_mandate"),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(fields=("mandate", "number"), name="one_batch_per_number_and_mandate"),
        ),
        Cover("selection_batch", stream="organisation:", column="organisation_id"),
    ]
