"""A document may be of a whole meeting; then its entries stand in the record of the body."""

import django.db.models.deletion
from django.db import migrations, models

from audit.coverage import APPENDING, Cover

AS_IT_WAS = Cover("selection_document", stream="selection:", column="selection_id")


class Migration(migrations.Migration):
    dependencies = [
        APPENDING,
        ("selection", "0014_movement"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="meeting",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="selection.meeting",
            ),
        ),
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(
                choices=[
                    ("notice", "Public notice before appointment"),
                    ("record_form", "Process record form"),
                    ("minutes", "Minutes of the meeting"),
                    ("evidence", "Filed document"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="document",
            name="selection",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="selection.selection",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("selection__isnull", True), ("meeting__isnull", True), _connector="XOR"),
                name="a_document_is_of_a_selection_or_of_a_meeting",
            ),
        ),
        migrations.RunSQL(AS_IT_WAS.reverse_sql, AS_IT_WAS.sql),
        Cover(
            "selection_document",
            stream="selection:",
            column="selection_id",
            only_if="{row}.selection_id IS NOT NULL",
        ),
        Cover(
            "selection_document",
            stream="organisation:",
            column="meeting_id",
            via=["selection_meeting.organisation_id"],
            only_if="{row}.meeting_id IS NOT NULL",
        ),
    ]
