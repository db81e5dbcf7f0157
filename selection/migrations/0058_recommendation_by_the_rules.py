"""What the rules of a body want to know of a recommendation: ballots, groups, notice, statements; with their imprint."""

from django.db import migrations, models

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0057_formality"),
    ]

    operations = [
        migrations.AddField(
            model_name="poll",
            name="names",
            field=models.CharField(
                blank=True,
                choices=[("open", "Without a list of names"), ("listed", "On a list of names")],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="unsigned",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="poll",
            name="groups",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="poll",
            name="called_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="poll",
            name="statements_on",
            field=models.DateField(blank=True, null=True),
        ),
        Imprints(
            {
                "selection_poll": [
                    "id",
                    "selection_id",
                    "kind",
                    "form",
                    "item_id",
                    "held_on",
                    "scope",
                    "names",
                    "unsigned",
                    "groups",
                    "called_on",
                    "statements_on",
                    "due_count",
                    "present_count",
                    "held_at",
                    "confirmed_at",
                ],
            }
        ),
    ]
