"""One permission per act is made by ``roles.grant`` after every migration, so that a new act needs none of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("selection", "0003_alter_document_state")]

    operations = [
        migrations.AlterModelOptions(name="mandate", options={"default_permissions": ()}),
    ]
