"""Sittings that nominate by ballot, the names on their ballots, and who goes on."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import selection.acts
import selection.models.selection
from audit.coverage import Cover
from audit.imprint import Imprints


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0003_people_in_order"),
        ("selection", "0044_origin_of_nominations"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sitting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("open", "Without a list of names"), ("listed", "On a list of names")], max_length=10
                    ),
                ),
                ("held_on", models.DateField()),
                ("roll", models.JSONField()),
                ("names_each", models.PositiveSmallIntegerField(default=1)),
                ("opened_at", models.DateTimeField()),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sittings",
                        to="selection.batch",
                    ),
                ),
                (
                    "mandate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sittings", to="selection.mandate"
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="register.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["-opened_at", "-pk"],
            },
            bases=(selection.acts.Subject, models.Model),
        ),
        migrations.CreateModel(
            name="SittingItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("published_on", models.DateField(blank=True, null=True)),
                ("supervisor", models.CharField(blank=True, max_length=80)),
                ("signed_off_on", models.DateField(blank=True, null=True)),
                ("annulled_at", models.DateTimeField(blank=True, null=True)),
                ("annul_reason", models.TextField(blank=True)),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sitting_items",
                        to="selection.selection",
                    ),
                ),
                (
                    "signed_off_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sitting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="selection.sitting"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
            bases=(selection.models.selection.OfSelection, models.Model),
        ),
        migrations.CreateModel(
            name="Ranking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("votes", models.PositiveIntegerField()),
                ("place", models.PositiveIntegerField()),
                ("goes_on", models.BooleanField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="register.person"
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rankings", to="selection.selection"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rankings", to="selection.sittingitem"
                    ),
                ),
            ],
            options={
                "ordering": ["place", "pk"],
            },
        ),
        migrations.CreateModel(
            name="NameSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issued", models.PositiveIntegerField()),
                ("returned", models.PositiveIntegerField()),
                ("valid", models.PositiveIntegerField()),
                ("names", models.TextField(blank=True)),
                ("votes", models.JSONField(default=dict)),
                ("entered_at", models.DateTimeField()),
                ("rejected_at", models.DateTimeField(blank=True, null=True)),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="name_sheets",
                        to="selection.selection",
                    ),
                ),
                (
                    "teller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sheets", to="selection.sittingitem"
                    ),
                ),
            ],
            options={
                "ordering": ["entered_at", "pk"],
            },
            bases=(selection.models.selection.OfSelection, models.Model),
        ),
        migrations.CreateModel(
            name="TieDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tied", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("taken", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("decision", models.TextField()),
                ("decided_on", models.DateField()),
                ("decided_at", models.DateTimeField()),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="selection.document"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tie_decisions",
                        to="selection.sittingitem",
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tie_decisions",
                        to="selection.selection",
                    ),
                ),
            ],
            options={
                "ordering": ["decided_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="WrittenName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.TextField()),
                ("votes", models.PositiveIntegerField()),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="names", to="selection.sittingitem"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="register.person",
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="written_names",
                        to="selection.selection",
                    ),
                ),
            ],
            options={
                "ordering": ["-votes", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="sitting",
            index=models.Index(fields=["mandate", "-opened_at"], name="sitting_by_mandate"),
        ),
        migrations.AddConstraint(
            model_name="sitting",
            constraint=models.CheckConstraint(
                condition=models.Q(("names_each__gte", 1), ("round__gte", 1)), name="a_ballot_of_a_sitting_has_a_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="sittingitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("annulled_at__isnull", True), ("settled_at__isnull", True)),
                fields=("selection",),
                name="a_post_is_at_one_sitting_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="sittingitem",
            constraint=models.UniqueConstraint(fields=("sitting", "selection"), name="a_post_is_once_at_a_sitting"),
        ),
        migrations.AddConstraint(
            model_name="sittingitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("settled_at__isnull", True), ("confirmed_at__isnull", False), _connector="OR"),
                name="names_are_confirmed_before_they_are_settled",
            ),
        ),
        migrations.AddConstraint(
            model_name="sittingitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signed_off_on__isnull", True), ("supervisor", "")),
                    models.Q(("signed_off_on__isnull", False), models.Q(("supervisor", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a_supervisor_signs_on_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="ranking",
            constraint=models.UniqueConstraint(
                fields=("item", "person"), name="one_place_per_person_and_post_at_a_sitting"
            ),
        ),
        migrations.AddConstraint(
            model_name="namesheet",
            constraint=models.UniqueConstraint(
                condition=models.Q(("rejected_at__isnull", True)),
                fields=("item", "teller"),
                name="one_count_of_names_per_teller",
            ),
        ),
        migrations.AddConstraint(
            model_name="namesheet",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid__lte", models.F("returned")), ("returned__lte", models.F("issued"))),
                name="valid_at_most_returned_at_most_issued_names",
            ),
        ),
        migrations.AddConstraint(
            model_name="writtenname",
            constraint=models.CheckConstraint(
                condition=models.Q(("person__isnull", True), ("looked_at__isnull", False), _connector="OR"),
                name="whose_a_name_is_was_looked_at",
            ),
        ),
        Cover("selection_sitting", stream="organisation:", column="organisation_id"),
        *[
            Cover(f"selection_{table}", stream="selection:", column="selection_id")
            for table in ("sittingitem", "namesheet", "writtenname", "tiedecision", "ranking")
        ],
        Imprints(
            {
                "selection_sitting": [
                    "id",
                    "mandate_id",
                    "organisation_id",
                    "batch_id",
                    "round",
                    "kind",
                    "held_on",
                    "roll",
                    "names_each",
                    "opened_by_id",
                    "opened_at",
                ],
                "selection_sittingitem": [
                    "id",
                    "selection_id",
                    "sitting_id",
                    "confirmed_at",
                    "settled_at",
                    "published_on",
                    "supervisor",
                    "signed_off_on",
                    "signed_off_by_id",
                    "annulled_at",
                ],
                "selection_namesheet": [
                    "id",
                    "selection_id",
                    "item_id",
                    "teller_id",
                    "issued",
                    "returned",
                    "valid",
                    "votes",
                    "entered_at",
                    "rejected_at",
                ],
                "selection_writtenname": ["id", "selection_id", "item_id", "votes", "person_id", "looked_at"],
                "selection_tiedecision": [
                    "id",
                    "selection_id",
                    "item_id",
                    "tied",
                    "taken",
                    "document_id",
                    "decided_on",
                    "decided_at",
                ],
                "selection_ranking": ["id", "selection_id", "item_id", "person_id", "votes", "place", "goes_on"],
            }
        ),
    ]
