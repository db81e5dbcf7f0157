"""Reports on a candidate or on a whole selection before there is an appointment, with how they came and which breach."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("selection", "0022_replies_by_arrival")]

    operations = [
        migrations.AlterField(
            model_name="objection",
            name="appointment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="objections",
                to="selection.appointment",
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="candidacy",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="objections",
                to="selection.candidacy",
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="channel",
            field=models.CharField(
                blank=True,
                choices=[
                    ("letter", "Letter or visit"),
                    ("telephone", "By telephone"),
                    ("online", "Internet"),
                    ("found", "Found in the course of the work"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="breach",
            field=models.CharField(
                blank=True,
                choices=[
                    ("preference", "Nominated by personal likes and dislikes"),
                    ("instruction", "A leader's personal instruction"),
                    ("concealment", "Problems concealed"),
                    ("falsification", "Falsification"),
                    ("collusion", "Collusion"),
                    ("canvassing", "Canvassing for votes"),
                    ("buying", "Buying and selling of posts"),
                    ("seeking", "Seeking a post by favour"),
                    ("irregular", "Appointment against the rules"),
                    ("interference", "Interference with the change of term"),
                    ("tainted", "Promotion in spite of problems"),
                    ("surge", "A rush of promotions"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="objection",
            name="effect",
            field=models.CharField(
                blank=True,
                choices=[
                    ("unfounded", "Not substantiated"),
                    ("no_effect", "Substantiated, no effect on the appointment"),
                    ("held", "Not settled yet, the appointment is held"),
                    ("upheld", "Substantiated, the appointment is cancelled"),
                    ("excluded", "Substantiated, the candidate is excluded"),
                    ("returned", "Substantiated, the selection goes back to an earlier stage"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.CheckConstraint(
                condition=models.Q(("appointment__isnull", True), ("candidacy__isnull", True), _connector="OR"),
                name="a_report_concerns_an_appointment_or_a_candidate",
            ),
        ),
    ]
