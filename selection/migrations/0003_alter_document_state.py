"""That a paper is being made is seen from its worker and is no state: nothing has ever written it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("selection", "0002_password_covered")]

    operations = [
        migrations.AlterField(
            model_name="document",
            name="state",
            field=models.CharField(
                choices=[
                    ("requested", "Waiting to be made"),
                    ("kept", "Ready"),
                    ("failed", "Could not be made"),
                ],
                default="requested",
                max_length=20,
            ),
        ),
    ]
