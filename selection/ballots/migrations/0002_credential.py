from django.db import migrations, models

import selection.ballots.models


class Migration(migrations.Migration):
    dependencies = [
        ("ballots", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Refusal",
            fields=[
                ("key", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="ballot",
            name="message",
            field=selection.ballots.models.Bytes(default=b""),
        ),
        migrations.AddField(
            model_name="ballot",
            name="payload_signature",
            field=selection.ballots.models.Bytes(default=b""),
        ),
        migrations.AddField(
            model_name="ballot",
            name="signature",
            field=selection.ballots.models.Bytes(default=b""),
        ),
        migrations.AddField(
            model_name="boxstate",
            name="public_key",
            field=selection.ballots.models.Bytes(default=b""),
        ),
        migrations.AlterField(
            model_name="ballot",
            name="retry_sha256",
            field=selection.ballots.models.Bytes(default=b""),
        ),
        migrations.AddConstraint(
            model_name="ballot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("retry_sha256", b""), _negated=True),
                        ("message", b""),
                        ("payload_signature", b""),
                        ("signature", b""),
                    ),
                    models.Q(
                        ("retry_sha256", b""),
                        models.Q(("message", b""), _negated=True),
                        models.Q(("signature", b""), _negated=True),
                        models.Q(("payload_signature", b""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_ballot_came_by_slip_or_by_credential",
            ),
        ),
    ]
