"""As what somebody serves, which posts are special, and reserve cadres as a class of post."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0006_kind_of_tenure"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="status",
            field=models.CharField(
                blank=True,
                choices=[
                    ("civil_servant", "Civil servant"),
                    ("institution_staff", "Staff of a public institution"),
                    ("enterprise_staff", "Staff of an enterprise"),
                    ("other", "Other status"),
                ],
                max_length=20,
                verbose_name="Personnel status",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="is_special",
            field=models.BooleanField(default=False, verbose_name="Special post"),
        ),
        migrations.AlterField(
            model_name="post",
            name="post_class",
            field=models.CharField(
                choices=[
                    ("chief", "Chief of a unit or department"),
                    ("other", "Other leading post"),
                    ("middle_level", "Middle-level post"),
                    ("non_leading", "Non-leading post"),
                    ("reserve", "Reserve cadre"),
                ],
                default="other",
                max_length=20,
                verbose_name="Class of post",
            ),
        ),
    ]
