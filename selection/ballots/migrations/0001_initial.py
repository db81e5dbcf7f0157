from django.db import migrations, models

import selection.ballots.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Ballot",
            fields=[
                ("nullifier", selection.ballots.models.Bytes(primary_key=True, serialize=False)),
                ("round", models.UUIDField(db_index=True)),
                ("payload", selection.ballots.models.Bytes()),
                ("retry_sha256", selection.ballots.models.Bytes()),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                ("line_id", selection.ballots.models.Bytes(primary_key=True, serialize=False)),
                ("round", models.UUIDField(db_index=True)),
                ("item", models.CharField(max_length=40)),
                ("value", models.CharField(max_length=40)),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SlipCode",
            fields=[
                ("code_sha256", selection.ballots.models.Bytes(primary_key=True, serialize=False)),
                ("round", models.UUIDField(db_index=True)),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="BoxState",
            fields=[
                ("round", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("prepared", "Prepared"),
                            ("open", "Open"),
                            ("closed", "Closed"),
                            ("tallied", "Counted"),
                            ("void", "Void"),
                        ],
                        max_length=8,
                    ),
                ),
                ("manifest", models.JSONField()),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["prepared", "open", "closed", "tallied", "void"])),
                        name="the_state_is_a_known_one",
                    )
                ],
            },
        ),
    ]
