"""A training that is lacking comes due."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0052_review"),
    ]

    operations = [
        migrations.AlterField(
            model_name="deadline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("notice_end", "End of the public notice"),
                    ("probation_reminder", "Probation is about to end"),
                    ("probation_end", "End of probation"),
                    ("reply_due", "Reply due"),
                    ("feedback_due", "Feedback to the recommender due"),
                    ("nomination_ends", "A nomination ceases to be valid"),
                    ("training_due", "Training to be made up for"),
                ],
                max_length=30,
            ),
        ),
    ]
