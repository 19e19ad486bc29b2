import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat


def name_former_runs(apps, schema_editor):
    """Runs from before had no name and no code of what went wrong."""
    runs = apps.get_model("integration", "SyncRun").objects
    runs.update(run=Concat(Value("old-"), Cast(F("pk"), models.CharField(max_length=12))))
    runs.exclude(error="").update(problem="AMAZON_UNAVAILABLE")


class Migration(migrations.Migration):

    dependencies = [
        ('amazon_orders', '0002_cancel_requests'),
        ('integration', '0002_quota_lanes_and_order_requests'),
    ]

    operations = [
        migrations.CreateModel(
            name='CommunicationError',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('operation', models.CharField(max_length=64)),
                ('kind', models.CharField(choices=[('NO_ANSWER', 'No answer'), ('THROTTLED', 'Throttled'), ('UNAVAILABLE', 'Down or overloaded'), ('UNUSABLE_ANSWER', 'Unusable answer'), ('ACCESS_DENIED', 'Access denied'), ('REFUSED', 'Request refused')], max_length=16)),
                ('status', models.PositiveSmallIntegerField(help_text='HTTP status; 0 where no answer came.')),
                ('code', models.CharField(blank=True, help_text="Amazon's own code of the newest one.", max_length=64)),
                ('request_id', models.CharField(blank=True, help_text="Amazon's, of the newest one.", max_length=64)),
                ('run', models.CharField(blank=True, help_text='The run it happened in, if in one.', max_length=16)),
                ('lane', models.PositiveSmallIntegerField(help_text='The lane of the newest one.', null=True)),
                ('minute', models.DateTimeField(help_text='The minute of the first one, which caps a storm.')),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('times', models.PositiveIntegerField(default=1)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('worker', models.CharField(max_length=200)),
                ('seen_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='syncrun',
            name='fencing',
            field=models.PositiveBigIntegerField(help_text='The number of the lease it runs under; NULL where it needs none.', null=True),
        ),
        migrations.AddField(
            model_name='syncrun',
            name='kind',
            field=models.CharField(choices=[('POLL', 'Poll'), ('SINGLE_ORDERS', 'Single orders'), ('CATCH_UP', 'Catch-up'), ('RECONCILE', 'Reconcile')], default='POLL', max_length=16),
        ),
        migrations.AddField(
            model_name='syncrun',
            name='pages',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='syncrun',
            name='problem',
            field=models.CharField(blank=True, help_text='The code of what kept it from doing everything.', max_length=32),
        ),
        migrations.AddField(
            model_name='syncrun',
            name='reached_at',
            field=models.DateTimeField(help_text='The newest update time of the last page, while pages come in that order.', null=True),
        ),
        migrations.AddField(
            model_name='syncrun',
            name='run',
            field=models.CharField(default='', help_text='Its name in the log: short and random.', max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='syncrun',
            name='worker',
            field=models.CharField(blank=True, help_text='Host, process id and process start.', max_length=200),
        ),
        migrations.AlterField(
            model_name='syncrun',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='amazon_orders.account'),
        ),
        migrations.AlterField(
            model_name='syncrun',
            name='ended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(name_former_runs, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='syncrun',
            index=models.Index(condition=models.Q(('ended_at__isnull', True), models.Q(('problem__in', ('', 'QUOTA', 'BUSY', 'TURN', 'READ_ONLY')), _negated=True), _connector='OR'), fields=['started_at', 'id'], name='sync_run_troubled'),
        ),
        migrations.AddIndex(
            model_name='syncrun',
            index=models.Index(fields=['started_at', 'id'], name='sync_run_by_time'),
        ),
        migrations.AddIndex(
            model_name='syncrun',
            index=models.Index(fields=['account', 'started_at', 'id'], name='sync_run_by_account'),
        ),
        migrations.AddConstraint(
            model_name='syncrun',
            constraint=models.UniqueConstraint(fields=('run',), name='integration_one_row_per_run'),
        ),
        migrations.AddConstraint(
            model_name='syncrun',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['POLL', 'SINGLE_ORDERS', 'CATCH_UP', 'RECONCILE'])), name='integration_run_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='syncrun',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='integration_run_ends_after_its_start'),
        ),
        migrations.AddField(
            model_name='communicationerror',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='communication_errors', to='amazon_orders.account'),
        ),
        migrations.AddConstraint(
            model_name='heartbeat',
            constraint=models.UniqueConstraint(fields=('worker',), name='integration_one_heartbeat_per_worker'),
        ),
        migrations.AddIndex(
            model_name='communicationerror',
            index=models.Index(fields=['first_at', 'id'], name='communication_error_by_time'),
        ),
        migrations.AddIndex(
            model_name='communicationerror',
            index=models.Index(fields=['account', 'first_at', 'id'], name='communication_error_by_account'),
        ),
        migrations.AddIndex(
            model_name='communicationerror',
            index=models.Index(condition=models.Q(('run', ''), _negated=True), fields=['run'], name='communication_error_by_run'),
        ),
        migrations.AddConstraint(
            model_name='communicationerror',
            constraint=models.UniqueConstraint(fields=('account', 'operation', 'status', 'kind', 'run', 'minute'), name='integration_one_row_per_failure_and_minute'),
        ),
        migrations.AddConstraint(
            model_name='communicationerror',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['NO_ANSWER', 'THROTTLED', 'UNAVAILABLE', 'UNUSABLE_ANSWER', 'ACCESS_DENIED', 'REFUSED'])), name='integration_failure_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='communicationerror',
            constraint=models.CheckConstraint(condition=models.Q(('times__gte', 1), ('last_at__gte', models.F('first_at'))), name='integration_failure_happened'),
        ),
    ]
