from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ballots", "0004_paper"),
    ]

    operations = [
        migrations.AddField(
            model_name="boxstate",
            name="destroyed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="boxstate",
            constraint=models.CheckConstraint(
                condition=models.Q(("destroyed", False), ("state__in", ["tallied", "void"]), _connector="OR"),
                name="ballots_are_destroyed_of_a_round_that_is_over",
            ),
        ),
    ]
