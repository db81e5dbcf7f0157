"""People are listed and counted without reading all of them: namesakes by number, those in service by an index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0002_kinship"),
    ]

    operations = [
        migrations.AlterField(
            model_name="person",
            name="stroke_key",
            field=models.CharField(db_collation="C", editable=False, max_length=520),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["stroke_key", "id"], name="people_in_stroke_order"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["gone_on"], name="people_by_leaving"),
        ),
    ]
