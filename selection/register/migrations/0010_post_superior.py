"""The superior that approves the appointment to a post."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0009_post_conditions"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="superior",
            field=models.CharField(blank=True, max_length=80, verbose_name="Superior that approves the appointment"),
        ),
    ]
