"""Who could agree that an audit package is handed out may refuse it, with a reason; then it may be asked for again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("selection", "0027_scrutineers")]

    operations = [
        migrations.AddField(
            model_name="recount",
            name="refused_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="recount",
            name="refused_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="recount",
            name="refusal",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RemoveConstraint(model_name="recount", name="each_auditor_asks_for_a_package_once"),
        migrations.AddConstraint(
            model_name="recount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("refused_at__isnull", True)),
                fields=("round", "asked_by"),
                name="each_auditor_asks_for_a_package_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="recount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("refusal", ""), ("refused_at__isnull", True), ("refused_by__isnull", True)),
                    models.Q(
                        ("agreed_at__isnull", True),
                        ("refused_at__isnull", False),
                        ("refused_by__isnull", False),
                        models.Q(("refusal", ""), _negated=True),
                        models.Q(("refused_by", models.F("asked_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_package_is_refused_with_a_reason_by_somebody_else",
            ),
        ),
    ]
