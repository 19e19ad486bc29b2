
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0009_amounts_by_charge'),
    ]

    operations = [
        migrations.AddField(
            model_name='shipmentline',
            name='unit_codes',
            field=models.JSONField(default=list, help_text='What proves single units genuine, where asked for.'),
        ),
    ]
