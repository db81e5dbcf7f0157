from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ballots", "0003_root"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaperCount",
            fields=[
                ("key", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("sheets", models.JSONField()),
            ],
            options={"abstract": False, "default_permissions": ()},
        ),
    ]
