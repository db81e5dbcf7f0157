"""The tree over the record and its checkpoints, which only grow as the record does (默克尔树与封签)."""

from django.db import migrations, models

APPEND_ONLY = "".join(
    f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
"""
    for table in ("audit_leaf", "audit_subtree", "audit_checkpoint")
)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_streams_in_order"),
    ]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("note", models.TextField()),
            ],
            options={
                "verbose_name": "checkpoint",
                "verbose_name_plural": "checkpoints",
            },
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "leaf of the tree over the record",
                "verbose_name_plural": "leaves of the tree over the record",
            },
        ),
        migrations.CreateModel(
            name="Subtree",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "subtree of the tree over the record",
                "verbose_name_plural": "subtrees of the tree over the record",
            },
        ),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),  # the triggers go with their tables
    ]
