"""Electronic ballots: a round's key, by what each member votes, and how many slips a round has.

Columns of old rows are filled by a change of type, which is no change of a row and so needs no entry in the record.
"""

import django.db.models.deletion
from django.db import migrations, models

from audit.coverage import APPENDING, Cover


class Migration(migrations.Migration):
    dependencies = [APPENDING, ("selection", "0023_reports_before_the_notice")]

    operations = [
        migrations.CreateModel(
            name="BallotKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.BinaryField()),
                ("wrapped", models.BinaryField(null=True)),
                ("destroyed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="rollmember", name="drew_slip"),
                migrations.AddField(
                    model_name="rollmember",
                    name="channel",
                    field=models.CharField(
                        choices=[("none", "Not yet"), ("online", "Electronic ballot"), ("slip", "Slip")],
                        default="none",
                        max_length=10,
                    ),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE selection_rollmember ALTER COLUMN drew_slip TYPE varchar(10)"
                    " USING CASE WHEN drew_slip THEN 'slip' ELSE 'none' END;"
                    "ALTER TABLE selection_rollmember RENAME COLUMN drew_slip TO channel",
                    "ALTER TABLE selection_rollmember RENAME COLUMN channel TO drew_slip;"
                    "ALTER TABLE selection_rollmember ALTER COLUMN drew_slip TYPE boolean USING drew_slip <> 'none'",
                )
            ],
        ),
        migrations.AddField(
            model_name="rollmember",
            name="blinded_sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="round",
            name="slips",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.RunSQL(
            "ALTER TABLE selection_round ALTER COLUMN slips TYPE smallint"
            " USING CASE WHEN state = 'prepared' THEN present_count + spare ELSE 0 END",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="rollmember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel", "online"), models.Q(("blinded_sha256", ""), _negated=True)),
                    models.Q(models.Q(("channel", "online"), _negated=True), ("blinded_sha256", "")),
                    _connector="OR",
                ),
                name="what_was_signed_blind_is_known_of_electronic_ballots",
            ),
        ),
        migrations.AddField(
            model_name="ballotkey",
            name="round",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="key", to="selection.round"
            ),
        ),
        migrations.AddField(
            model_name="ballotkey",
            name="selection",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="ballot_keys", to="selection.selection"
            ),
        ),
        migrations.AddConstraint(
            model_name="ballotkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("destroyed_at__isnull", False), ("wrapped__isnull", True)),
                    models.Q(("destroyed_at__isnull", True), ("wrapped__isnull", False)),
                    _connector="OR",
                ),
                name="a_private_key_is_kept_or_destroyed",
            ),
        ),
        Cover("selection_ballotkey", stream="selection:", column="selection_id"),
    ]
