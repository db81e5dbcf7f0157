"""A sheet carries a slip for every item; those of members who do not vote on one are handed back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("selection", "0005_inquiry_anew")]

    operations = [
        migrations.AddField(model_name="round", name="spare", field=models.PositiveSmallIntegerField(default=0)),
    ]
