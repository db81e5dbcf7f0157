"""When the whole sheets of a ballot were destroyed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("selection", "0029_paper_ballots")]

    operations = [
        migrations.AddField(
            model_name="round",
            name="destroyed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("destroyed_at__isnull", True), ("state__in", ["announced", "void"]), _connector="OR"
                ),
                name="sheets_are_destroyed_of_a_round_that_is_over",
            ),
        ),
    ]
