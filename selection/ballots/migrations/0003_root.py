from django.db import migrations

import selection.ballots.models


class Migration(migrations.Migration):
    dependencies = [
        ("ballots", "0002_credential"),
    ]

    operations = [
        migrations.AddField(
            model_name="boxstate",
            name="root",
            field=selection.ballots.models.Bytes(default=b""),
        ),
    ]
