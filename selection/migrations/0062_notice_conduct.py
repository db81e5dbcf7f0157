"""What a notice tells of virtue, ability, diligence, achievement and integrity; the imprints are said anew."""

from django.db import migrations, models

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [("selection", "0061_notice_contents")]

    operations = [
        migrations.AddField(model_name="appointment", name="notice_conduct", field=models.TextField(blank=True)),
        Imprints(
            {
                "selection_appointment": [
                    "id",
                    "selection_id",
                    "candidacy_id",
                    "person_id",
                    "state",
                    "notice_slug",
                    "notice_at",
                    "notice_ends_at",
                    "notice_is_provisional",
                    "notice_channels",
                    "notice_phone",
                    "notice_address",
                    "notice_photo_id",
                    "cleared_at",
                    "talked_on",
                    "talked_by",
                    "document_number",
                    "appointed_on",
                    "published_on",
                    "probation_ends_at",
                    "tenure_id",
                    "former",
                    "former_grade",
                    "former_grade_since",
                    "assessed_on",
                    "assessed_fit",
                    "ended_at",
                    "early_end",
                ]
            }
        ),
    ]
