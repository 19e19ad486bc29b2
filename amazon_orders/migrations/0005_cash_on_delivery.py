
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('amazon_orders', '0004_what_amazon_told'),
    ]

    operations = [
        migrations.AddField(
            model_name='amazonorder',
            name='cash_on_delivery',
            field=models.DecimalField(decimal_places=4, help_text='What the carrier is to collect; null: it is paid.', max_digits=20, null=True),
        ),
    ]
