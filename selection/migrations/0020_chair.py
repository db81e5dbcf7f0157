"""Who presides over a meeting, over one of its items instead, and who did at each ballot.

Meetings held before have nobody in these columns and go on as they are.
"""

import django.db.models.deletion
from django.db import migrations, models


def presiding() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="selection.seat",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0019_removal_alone"),
    ]

    operations = [
        migrations.AddField(model_name="meeting", name="chair", field=presiding()),
        migrations.AddField(model_name="agendaitem", name="chair", field=presiding()),
        migrations.AddField(model_name="round", name="chair", field=presiding()),
    ]
