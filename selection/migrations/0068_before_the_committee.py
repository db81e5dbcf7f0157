"""Who convened a consultation; what was done with the report of an inspection; elections.  With imprints."""

from django.db import migrations, models

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0067_papers_of_the_steps"),
    ]

    operations = [
        migrations.AddField(
            model_name="consultation",
            name="convener",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="selection",
            name="findings_told_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="selection",
            name="findings_told_to",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="selection",
            name="report_reviewed_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="consultation",
            name="level",
            field=models.CharField(
                choices=[
                    ("department", "Meeting of the department heads"),
                    ("secretaries", "Meeting of the secretary with the deputies in charge"),
                    ("standing_committee", "Standing committee"),
                    ("individual", "Leaders and departments one by one"),
                ],
                max_length=20,
            ),
        ),
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
                    ("prenotice", "Pre-notice of the inspection"),
                    ("inspected", "Notice of who is inspected"),
                    ("talk_record", "Record of individual talks"),
                    ("assessment", "Table of the democratic assessment"),
                    ("inquiry", "Letter asking for an opinion"),
                    ("inspection_report", "Report of the inspection"),
                    ("consultation", "Record of the consultation"),
                    ("approval_form", "Form of approval of appointment and removal"),
                    ("appointment_talk", "Record of the talk before the appointment"),
                    ("pledge", "Commitment to integrity"),
                    ("integrity_report", "Report of the person on integrity"),
                    ("probation_form", "Form of assessment at the end of probation"),
                    ("evidence", "Filed document"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="formality",
            name="item",
            field=models.CharField(
                choices=[
                    ("exam", "Examination on integrity"),
                    ("report", "Report on integrity"),
                    ("pledge", "Public pledge on conduct"),
                    ("talk", "Talk on integrity"),
                    ("film", "Film that warns by example"),
                    ("commitment", "Signed commitment to integrity"),
                    ("study", "Study of the rules of discipline"),
                    ("approval", "Approval by the superior"),
                    ("filing", "Report of the appointment to the superior, for its files"),
                    ("handover", "Handover of the former post"),
                    ("training", "Training of newly promoted leaders"),
                    ("petition_duty", "Service as supervisor of petitions"),
                    ("review", "Review during probation"),
                    ("election", "Election by the congress"),
                ],
                max_length=20,
            ),
        ),
        Imprints(
            {
                "selection_selection": [
                    "id",
                    "kind",
                    "tenure_id",
                    "number",
                    "mandate_id",
                    "batch_id",
                    "post_id",
                    "organisation_id",
                    "rule_set_id",
                    "stage",
                    "seats",
                    "triggers",
                    "competition",
                    "departure",
                    "route",
                    "moved_on",
                    "opened_at",
                    "opened_by_id",
                    "approved_at",
                    "approved_by_id",
                    "entered_at",
                    "result_reviewed_on",
                    "report_reviewed_on",
                    "findings_told_on",
                    "findings_told_to",
                    "suspended_at",
                    "closed_at",
                    "texts_destroyed_at",
                ],
                "selection_consultation": [
                    "id",
                    "selection_id",
                    "level",
                    "held_on",
                    "convener",
                    "duties",
                    "dissent",
                    "recorded_at",
                ],
            }
        ),
    ]
