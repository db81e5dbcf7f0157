"""When the texts of a selection were destroyed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("selection", "0035_papers_without_their_seal"),
    ]

    operations = [
        migrations.AddField(
            model_name="selection",
            name="texts_destroyed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="selection",
            index=models.Index(
                condition=models.Q(("stage", "closed"), ("texts_destroyed_at__isnull", True)),
                fields=["rule_set", "closed_at"],
                name="selection_with_texts_kept",
            ),
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.CheckConstraint(
                condition=models.Q(("texts_destroyed_at__isnull", True), ("stage", "closed"), _connector="OR"),
                name="texts_are_destroyed_of_a_selection_that_is_closed",
            ),
        ),
    ]
