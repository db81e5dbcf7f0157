"""A post may be filled whose holder is to leave; the motion says how."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0020_chair"),
    ]

    operations = [
        migrations.AddField(
            model_name="selection",
            name="departure",
            field=models.CharField(
                blank=True,
                choices=[
                    ("retirement", "Retires"),
                    ("transfer", "Is transferred"),
                    ("removal", "Is removed by the committee"),
                    ("resignation", "Resigns"),
                ],
                default="",
                max_length=20,
            ),
            preserve_default=False,
        ),
    ]
