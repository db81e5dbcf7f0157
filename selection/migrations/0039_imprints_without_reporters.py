"""Who reported something is kept as long as its rules say and no longer: no imprint may outlive it."""

from django.db import migrations

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [("selection", "0038_imprints")]

    operations = [
        Imprints(
            {
                "selection_objection": [
                    "id",
                    "selection_id",
                    "appointment_id",
                    "candidacy_id",
                    "channel",
                    "breach",
                    "receipt_hash",
                    "filed_at",
                    "late",
                    "settled_at",
                    "settled_by_id",
                    "effect",
                ]
            }
        )
    ]
