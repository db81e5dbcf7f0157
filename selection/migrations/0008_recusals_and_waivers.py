"""Recusals say how they came about and why they ended; a waiver says by whom, of which rule and at which act."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0007_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="importantmatter",
            name="act",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="importantmatter",
            name="noted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="importantmatter",
            name="rule",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="participation",
            name="end_reason",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="participation",
            name="origin",
            field=models.CharField(
                blank=True, choices=[("decision", "By decision"), ("declaration", "By own declaration")], max_length=20
            ),
        ),
        migrations.AlterField(
            model_name="inquiry",
            name="body",
            field=models.CharField(
                choices=[
                    ("discipline", "Discipline inspection commission"),
                    ("family_planning", "Family planning bureau"),
                    ("audit_office", "Audit bureau"),
                    ("co_manager", "Party that manages the cadre jointly"),
                    ("superior", "Superior organisation department"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="importantmatter",
            index=models.Index(
                condition=models.Q(("rule", ""), _negated=True), fields=["-noted_at", "-id"], name="matter_waived"
            ),
        ),
        migrations.AddIndex(
            model_name="importantmatter",
            index=models.Index(fields=["kind", "-noted_at", "-id"], name="matter_by_kind"),
        ),
    ]
