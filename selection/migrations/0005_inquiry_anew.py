"""A department may be asked about a person again, where the selection returned to before the inspection."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("selection", "0004_permissions_by_act")]

    operations = [
        migrations.RemoveConstraint(model_name="inquiry", name="one_inquiry_per_candidate_and_department"),
    ]
