"""The latest replies stand on the desk; they are found without sorting all there ever were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0021_departure"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="reply",
            index=models.Index(fields=["-replied_at", "-id"], name="replies_by_arrival"),
        ),
    ]
