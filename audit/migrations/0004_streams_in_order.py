"""Streams are listed by their first entries, without reading any other."""

from django.db import migrations, models
from django.db.models import F, Func, Value
from django.db.models.functions import Length


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_what_overseers_ask"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                Func(F("stream"), Value(":"), Value(1), function="split_part", output_field=models.CharField()),
                Length("stream"),
                F("stream"),
                condition=models.Q(("seq", 0)),
                name="streams_by_kind_and_number",
            ),
        ),
    ]
