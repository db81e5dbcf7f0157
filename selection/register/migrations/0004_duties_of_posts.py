"""What a post answers for and asks, whether it is a key post, and who manages it jointly."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0003_people_in_order"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="co_manager",
            field=models.CharField(blank=True, max_length=80, verbose_name="Party that manages it jointly"),
        ),
        migrations.AddField(
            model_name="post",
            name="duties",
            field=models.TextField(blank=True, verbose_name="Duties of the post"),
        ),
        migrations.AddField(
            model_name="post",
            name="key_kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("people_money_material", "Management of people, money and goods"),
                    ("approval", "Approval of projects"),
                    ("enforcement", "Enforcement of discipline"),
                ],
                max_length=30,
                verbose_name="Key post",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="standards",
            field=models.TextField(blank=True, verbose_name="Ability and qualities that it asks for"),
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
                ],
                default="other",
                max_length=20,
                verbose_name="Class of post",
            ),
        ),
    ]
