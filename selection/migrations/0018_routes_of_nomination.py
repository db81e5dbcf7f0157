"""The route by which somebody is nominated, with what it needs; recommendations by the plenary committee."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0017_reminders"),
    ]

    operations = [
        migrations.AddField(
            model_name="nomination",
            name="discipline_read",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="nomination",
            name="evidence",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="selection.document",
            ),
        ),
        migrations.AddField(
            model_name="nomination",
            name="ground",
            field=models.CharField(
                blank=True,
                choices=[
                    ("state_secret", "State secrets are concerned"),
                    ("speciality", "Highly specialised, no competition possible"),
                    (
                        "structure",
                        "The age, sex, ethnic or party structure of the leading body is to be filled urgently",
                    ),
                    ("special_need", "A special need of the work"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="nomination",
            name="proposed_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="nomination",
            name="route",
            field=models.CharField(
                blank=True,
                choices=[
                    ("plenum_meeting", "The plenary committee recommends among all who qualify"),
                    ("plenum_list", "The plenary committee chooses from the department's list"),
                    ("urgent", "Urgent between sessions: the members recommend in writing"),
                    ("special", "Special case: the standing committee proposes"),
                    ("promotion", "Promotion on the recommendation of the own unit"),
                    ("rotation", "Exchange or rotation"),
                    ("excellent", "Rated excellent three years in a row"),
                    ("outstanding", "Outstanding in a crisis or a major task"),
                    ("competition", "Competition"),
                    ("exception", "Exception: in confidence or without competition"),
                    ("personal", "Recommended by a leading cadre in person"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="selection",
            name="route",
            field=models.CharField(
                blank=True,
                choices=[
                    ("plenum_meeting", "The plenary committee recommends among all who qualify"),
                    ("plenum_list", "The plenary committee chooses from the department's list"),
                    ("urgent", "Urgent between sessions: the members recommend in writing"),
                    ("special", "Special case: the standing committee proposes"),
                    ("promotion", "Promotion on the recommendation of the own unit"),
                    ("rotation", "Exchange or rotation"),
                    ("excellent", "Rated excellent three years in a row"),
                    ("outstanding", "Outstanding in a crisis or a major task"),
                    ("competition", "Competition"),
                    ("exception", "Exception: in confidence or without competition"),
                    ("personal", "Recommended by a leading cadre in person"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="selection",
            name="route_reason",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="poll",
            name="form",
            field=models.CharField(
                blank=True,
                choices=[
                    ("meeting", "Recommendation at a meeting"),
                    ("talk", "Recommendation in talks"),
                    ("plenum", "Recommendation by the plenary committee"),
                    ("written", "Written recommendation by the members of the plenary committee"),
                    ("opinion", "Opinion of the members of the plenary committee"),
                ],
                max_length=20,
            ),
        ),
    ]
