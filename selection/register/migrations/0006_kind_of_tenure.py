"""Whether a tenure is work at the grass roots, as far as anybody has said, and whether it is a secondment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0005_establishment"),
    ]

    operations = [
        migrations.AddField(
            model_name="tenure",
            name="is_grassroots",
            field=models.BooleanField(blank=True, null=True, verbose_name="Work at the grass roots"),
        ),
        migrations.AddField(
            model_name="tenure",
            name="is_seconded",
            field=models.BooleanField(default=False, verbose_name="On secondment"),
        ),
    ]
