"""What is in the file of a person leaves an imprint too."""

from django.db import migrations

from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0008_file"),
        ("selection", "0050_exceptions"),
    ]

    operations = [
        Imprints(
            {
                "register_education": ["id", "person_id", "level", "mode", "kind", "school", "subject", "graduated_on"],
                "register_training": ["id", "person_id", "title", "from_on", "until_on", "hours"],
                "register_sanction": ["id", "person_id", "kind", "decided_on", "until_on", "lifted_on", "basis"],
                "register_archiveaudit": ["id", "person_id", "audited_on", "result", "remark"],
            }
        ),
    ]
