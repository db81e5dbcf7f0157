"""Further means of inspection, and in what virtue is judged."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0064_comparison"),
    ]

    operations = [
        migrations.AlterField(
            model_name="checkresult",
            name="check_kind",
            field=models.CharField(
                choices=[
                    ("archive", "Study of the personal archive"),
                    ("site_visit", "Visit on the spot"),
                    ("personal_matters", "Report on personal matters"),
                    ("opinion_forms", "Opinion forms handed out"),
                    ("survey", "Special survey"),
                    ("extended", "Inspection beyond the present unit"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="comparison",
            name="aspect",
            field=models.CharField(
                choices=[
                    ("post_needs", "What the post needs"),
                    ("achievements", "Achievements in the work"),
                    ("appraisals", "Appraisals of the years"),
                    ("potential", "Potential"),
                    ("virtue", "Virtue and ability"),
                    ("support", "Support among the people"),
                    ("personality", "Personality"),
                    ("fit", "Fit of person and post"),
                    ("duties", "Virtue: duties of the post"),
                    ("tasks", "Virtue: great tasks"),
                    ("events", "Virtue: grave events"),
                    ("moments", "Virtue: decisive moments"),
                    ("gain", "Virtue: fame and gain"),
                ],
                max_length=20,
            ),
        ),
    ]
