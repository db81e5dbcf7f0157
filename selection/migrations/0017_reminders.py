"""Departments that are asked can be reminded, and the candidate's own unit can be asked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("selection", "0016_material")]

    operations = [
        migrations.AddField(model_name="inquiry", name="reminders", field=models.PositiveSmallIntegerField(default=0)),
        migrations.AddField(
            model_name="inquiry", name="reminded_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AlterField(
            model_name="inquiry",
            name="body",
            field=models.CharField(
                choices=[
                    ("discipline", "Discipline inspection commission"),
                    ("family_planning", "Family planning bureau"),
                    ("audit_office", "Audit bureau"),
                    ("co_manager", "Party that manages the cadre jointly"),
                    ("superior", "Superior organisation department"),
                    ("unit", "Party organisation of the candidate's unit"),
                ],
                max_length=20,
            ),
        ),
    ]
