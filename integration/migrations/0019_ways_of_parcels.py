
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('amazon_orders', '0005_cash_on_delivery'),
        ('commerce', '0010_unit_codes'),
        ('integration', '0018_orders_kept_aside'),
    ]

    operations = [
        migrations.CreateModel(
            name='ParcelNotice',
            fields=[
                ('refusal', models.CharField(blank=True, max_length=500)),
                ('refusal_code', models.CharField(blank=True, max_length=64)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('answered_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.CharField(blank=True, max_length=150)),
                ('marketplace_id', models.CharField(max_length=20)),
                ('amazon_order_id', models.CharField(max_length=64)),
                ('reason', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('OWED', 'To be sent to Amazon'), ('SENT', 'Sent; Amazon works on it'), ('DONE', 'Accepted by Amazon'), ('REFUSED', 'Refused by Amazon')], default='OWED', max_length=16)),
                ('owed_at', models.DateTimeField()),
                ('by', models.CharField(blank=True, max_length=150)),
                ('message_id', models.PositiveIntegerField(help_text='Its number within the feed.', null=True)),
                ('confirmation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='notice', serialize=False, to='integration.shipmentconfirmation')),
                ('version', models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name='PickupNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('refusal', models.CharField(blank=True, max_length=500)),
                ('refusal_code', models.CharField(blank=True, max_length=64)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('answered_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.CharField(blank=True, max_length=150)),
                ('marketplace_id', models.CharField(max_length=20)),
                ('amazon_order_id', models.CharField(max_length=64)),
                ('status', models.CharField(choices=[('ReadyForPickup', 'Ready for pick-up'), ('RefusedPickup', 'Refused by the buyer')], max_length=32)),
                ('state', models.CharField(choices=[('OWED', 'To be sent to Amazon'), ('SENT', 'Sent; Amazon works on it'), ('DONE', 'Accepted by Amazon'), ('REFUSED', 'Refused by Amazon')], default='OWED', max_length=16)),
                ('owed_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(help_text='Null: nothing is to be done.', null=True)),
                ('by', models.CharField(blank=True, max_length=150)),
                ('problem', models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='feedjob',
            name='integration_feed_kind_is_known',
        ),
        migrations.AddField(
            model_name='shipmentconfirmation',
            name='way',
            field=models.CharField(choices=[('CONFIRM', 'Told by confirmShipment'), ('FEED', 'Told by the order fulfillment feed, for it has no tracking number'), ('PICKUP', 'Told as picked up in the store'), ('READ_BACK', 'Known to Amazon, which made its label: only read back')], default='CONFIRM', max_length=16),
        ),
        migrations.AlterField(
            model_name='feedjob',
            name='kind',
            field=models.CharField(choices=[('POST_ORDER_FULFILLMENT_DATA', 'Parcels without a tracking number'), ('POST_ORDER_ACKNOWLEDGEMENT_DATA', 'Orders to cancel'), ('POST_PAYMENT_ADJUSTMENT_DATA', 'Money given back')], max_length=64),
        ),
        migrations.AddConstraint(
            model_name='feedjob',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['POST_ORDER_FULFILLMENT_DATA', 'POST_ORDER_ACKNOWLEDGEMENT_DATA', 'POST_PAYMENT_ADJUSTMENT_DATA'])), name='integration_feed_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='shipmentconfirmation',
            constraint=models.CheckConstraint(condition=models.Q(('way__in', ['CONFIRM', 'FEED', 'PICKUP', 'READ_BACK'])), name='integration_confirmation_way_is_known'),
        ),
        migrations.AddField(
            model_name='parcelnotice',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='amazon_orders.account'),
        ),
        migrations.AddField(
            model_name='parcelnotice',
            name='feed',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='%(class)ss', to='integration.feedjob'),
        ),
        migrations.AddField(
            model_name='pickupnotice',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pickup_notices', to='amazon_orders.account'),
        ),
        migrations.AddIndex(
            model_name='parcelnotice',
            index=models.Index(condition=models.Q(('state', 'OWED')), fields=['account'], name='parcel_notice_owed'),
        ),
        migrations.AddConstraint(
            model_name='parcelnotice',
            constraint=models.UniqueConstraint(fields=('feed', 'message_id'), name='integration_one_parcel_notice_per_message'),
        ),
        migrations.AddConstraint(
            model_name='parcelnotice',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['OWED', 'SENT', 'DONE', 'REFUSED'])), name='integration_parcel_notice_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='parcelnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'REFUSED'), _negated=True), models.Q(('refusal', ''), _negated=True), _connector='OR'), name='integration_refused_parcel_notice_says_why'),
        ),
        migrations.AddIndex(
            model_name='pickupnotice',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='pickup_notice_due'),
        ),
        migrations.AddConstraint(
            model_name='pickupnotice',
            constraint=models.UniqueConstraint(fields=('amazon_order_id', 'status'), name='integration_one_pickup_notice_per_status'),
        ),
        migrations.AddConstraint(
            model_name='pickupnotice',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['ReadyForPickup', 'RefusedPickup'])), name='integration_pickup_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='pickupnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('state__in', ['OWED', 'SENT'])), models.Q(('due_at__isnull', True), ('state__in', ['DONE', 'REFUSED'])), _connector='OR'), name='integration_pickup_notice_is_due_while_open'),
        ),
        migrations.AddConstraint(
            model_name='pickupnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'REFUSED'), _negated=True), models.Q(('refusal', ''), _negated=True), _connector='OR'), name='integration_refused_pickup_notice_says_why'),
        ),
    ]
