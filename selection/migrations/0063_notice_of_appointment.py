"""The notice of appointment is a paper of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0062_notice_conduct"),
    ]

    operations = [
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(
                choices=[
                    ("notice", "Public notice before appointment"),
                    ("record_form", "Process record form"),
                    ("ballot_paper", "Paper ballot"),
                    ("count_report", "Report of the count"),
                    ("minutes", "Minutes of the meeting"),
                    ("nomination_form", "Form of nomination"),
                    ("appointment", "Notice of appointment"),
                    ("evidence", "Filed document"),
                ],
                max_length=20,
            ),
        ),
    ]
