"""What a post asks for besides the rules of the body."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0008_file"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="conditions",
            field=models.TextField(blank=True, verbose_name="Conditions of the post"),
        ),
    ]
