"""What was read of people, and which attempts were refused, are found without reading the whole stream of access."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_append_only"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("action", "looked_at")),
                fields=["object_type", "-id"],
                name="entries_of_what_was_read",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("stream", "access"), models.Q(("action", "looked_at"), _negated=True)),
                fields=["-id"],
                name="entries_of_attempts_refused",
            ),
        ),
    ]
