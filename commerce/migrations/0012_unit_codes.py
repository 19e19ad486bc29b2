
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0008_void_credit_memos'),
    ]

    operations = [
        migrations.AddField(
            model_name='shipmentline',
            name='unit_codes',
            field=models.JSONField(default=list, help_text='What proves single units genuine, where asked for.'),
        ),
    ]
