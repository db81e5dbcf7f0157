"""What a restored backup has lost, as two people say it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import selection.acts
from audit.coverage import Cover


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0036_texts_destroyed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recovery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("note", models.TextField()),
                ("number", models.BigIntegerField()),
                ("size", models.BigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField()),
                ("present", models.BigIntegerField()),
                ("present_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField()),
                ("by_auditor", models.BooleanField()),
                ("proposed_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("present__lt", models.F("size"))),
                        name="a_recovery_is_about_entries_that_are_lost",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by__isnull", True),
                            models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="a_recovery_is_confirmed_by_somebody_else",
                    ),
                ],
            },
            bases=(selection.acts.Subject, models.Model),
        ),
        Cover("selection_recovery", stream="system"),
    ]
