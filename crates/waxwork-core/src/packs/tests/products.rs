//! The pack `quiet` on the tables of the products that it knows, and on tables that only sound like them.
//!
//! The schemas are those of the products' own migrations, names of columns alone.

use super::super::*;
use super::column;
use crate::catalog::{Estimate, TableKind};
use crate::ident::{Ident, QualifiedName};

fn table(name: &str, columns: &str) -> Table {
    let (schema, name) = name.split_once('.').unwrap_or(("public", name));
    Table {
        oid: 0,
        name: QualifiedName { schema: Ident::new(schema), name: Ident::new(name) },
        sql_name: String::new(),
        kind: TableKind::Ordinary,
        partition_of: None,
        inherits: Vec::new(),
        columns: columns.split_whitespace().map(|name| column(name, false)).collect(),
        unique_keys: Vec::new(),
        exclusions: Vec::new(),
        checks: Vec::new(),
        partition_key: None,
        partition_bound: None,
        access_method: "heap".to_owned(),
        row_security: false,
        extension: None,
        estimate: Estimate::default(),
    }
}

fn known_as(name: &str, columns: &str) -> String {
    let quiet = find("quiet").unwrap();
    quiet.leaves_out(&table(name, columns)).map_or_else(|| "-".to_owned(), |clause| clause.what)
}

/// Product, table, columns.
const KNOWN: [(&str, &str, &str); 74] = [
    (
        "Oban",
        "oban_jobs",
        "id state queue worker args errors attempt max_attempts inserted_at scheduled_at attempted_at completed_at \
        attempted_by discarded_at priority tags meta cancelled_at",
    ),
    ("Oban", "jobs.oban_peers", "name node started_at expires_at"),
    (
        "GoodJob",
        "good_jobs",
        "id queue_name priority serialized_params scheduled_at performed_at finished_at error created_at updated_at \
        active_job_id concurrency_key cron_key batch_id",
    ),
    (
        "GoodJob",
        "good_job_executions",
        "id created_at updated_at active_job_id job_class queue_name serialized_params scheduled_at finished_at error",
    ),
    (
        "GoodJob",
        "good_job_batches",
        "id created_at updated_at description serialized_properties on_finish on_success on_discard callback_queue_name \
        callback_priority enqueued_at discarded_at finished_at",
    ),
    ("GoodJob", "good_job_processes", "id created_at updated_at state lock_type"),
    (
        "Solid Queue",
        "solid_queue_jobs",
        "id queue_name class_name arguments priority active_job_id scheduled_at finished_at concurrency_key created_at \
        updated_at",
    ),
    ("Solid Queue", "solid_queue_claimed_executions", "id job_id process_id created_at"),
    (
        "Solid Queue",
        "solid_queue_blocked_executions",
        "id job_id queue_name priority concurrency_key expires_at created_at",
    ),
    ("Solid Queue", "solid_queue_failed_executions", "id job_id error created_at"),
    (
        "Solid Queue",
        "solid_queue_recurring_tasks",
        "id key schedule command class_name arguments queue_name priority static description created_at updated_at",
    ),
    ("Solid Queue", "solid_queue_semaphores", "id key value expires_at created_at updated_at"),
    (
        "Solid Queue",
        "solid_queue_processes",
        "id kind last_heartbeat_at supervisor_id pid hostname metadata created_at name",
    ),
    (
        "Delayed Job",
        "delayed_jobs",
        "id priority attempts handler last_error run_at locked_at failed_at locked_by queue created_at updated_at",
    ),
    ("Que", "que_jobs", "priority run_at job_id job_class args error_count last_error queue"),
    (
        "Que",
        "que_jobs",
        "priority run_at id job_class error_count last_error_message queue last_error_backtrace finished_at expired_at \
        args data job_schema_version kwargs",
    ),
    ("Que", "que_lockers", "pid worker_count worker_priorities ruby_pid ruby_hostname queues listening"),
    ("Que", "que_values", "key value"),
    (
        "pg-boss",
        "pgboss.job",
        "id name priority data state retrylimit retrycount retrydelay retrybackoff startafter startedon singletonkey \
        singletonon expirein createdon completedon keepuntil on_complete output",
    ),
    (
        "pg-boss",
        "pgboss.archive",
        "id name priority data state retrylimit retrycount retrydelay retrybackoff startafter startedon singletonkey \
        singletonon expirein createdon completedon keepuntil on_complete output archivedon",
    ),
    (
        "pg-boss",
        "queues.job",
        "id name priority data state retry_limit retry_count retry_delay retry_backoff singleton_key singleton_on \
        group_id start_after created_on started_on completed_on keep_until output dead_letter policy",
    ),
    ("pg-boss", "pgboss.schedule", "name key cron timezone data options created_on updated_on"),
    ("pg-boss", "pgboss.job_dependency", "child_name child_id parent_name parent_id"),
    (
        "Graphile Worker",
        "graphile_worker._private_jobs",
        "id job_queue_id task_id payload priority run_at attempts max_attempts last_error created_at updated_at key \
        locked_at locked_by revision flags is_available",
    ),
    (
        "Graphile Worker",
        "graphile_worker._private_job_queues",
        "id queue_name locked_at locked_by is_available",
    ),
    (
        "Graphile Worker",
        "graphile_worker.jobs",
        "id queue_name task_identifier payload priority run_at attempts max_attempts last_error created_at updated_at \
        key locked_at locked_by revision flags",
    ),
    ("Graphile Worker", "graphile_worker._private_known_crontabs", "identifier known_since last_execution"),
    (
        "Procrastinate",
        "procrastinate_jobs",
        "id queue_name task_name priority lock queueing_lock args status scheduled_at attempts abort_requested worker_id",
    ),
    ("Procrastinate", "procrastinate_events", "id job_id type at"),
    ("Procrastinate", "procrastinate_periodic_defers", "id task_name defer_timestamp job_id periodic_id"),
    ("Procrastinate", "procrastinate_workers", "id last_heartbeat"),
    (
        "River",
        "river_job",
        "id state attempt max_attempts attempted_at created_at finalized_at scheduled_at priority args attempted_by \
        errors kind metadata queue tags unique_key",
    ),
    ("River", "river_queue", "name created_at metadata paused_at updated_at"),
    ("River", "river_leader", "elected_at expires_at leader_id name"),
    ("River", "river_client", "id created_at metadata paused_at updated_at"),
    (
        "River",
        "river_client_queue",
        "river_client_id name created_at max_workers metadata num_jobs_completed num_jobs_running updated_at",
    ),
    ("River", "river_notification", "id created_at payload topic"),
    (
        "neoq",
        "neoq_jobs",
        "id fingerprint queue status payload deadline retries max_retries run_after ran_at created_at error",
    ),
    (
        "Absurd",
        "absurd.t_mail",
        "task_id task_name params headers retry_strategy max_attempts cancellation enqueue_at first_started_at state \
        attempts last_attempt_run completed_payload cancelled_at idempotency_key",
    ),
    (
        "Absurd",
        "absurd.r_mail",
        "run_id task_id attempt state claimed_by claim_expires_at available_at wake_event event_payload started_at",
    ),
    ("Absurd", "absurd.c_mail", "task_id checkpoint_name state status owner_run_id updated_at"),
    ("Absurd", "absurd.e_mail", "event_name payload emitted_at"),
    ("Absurd", "absurd.w_mail", "task_id run_id step_name event_name timeout_at created_at"),
    ("Absurd", "absurd.i_mail", "idempotency_key task_id"),
    (
        "DBOS",
        "dbos.workflow_status",
        "workflow_uuid status name authenticated_user request output error executor_id created_at updated_at \
        recovery_attempts queue_name inputs",
    ),
    (
        "DBOS",
        "dbos.operation_outputs",
        "workflow_uuid function_id function_name output error child_workflow_id",
    ),
    ("DBOS", "dbos.notifications", "message_uuid destination_uuid topic message created_at_epoch_ms"),
    ("pg_cron", "cron.job", "jobid schedule command nodename nodeport database username active jobname"),
    (
        "pg_cron",
        "cron.job_run_details",
        "jobid runid job_pid database username command status return_message start_time end_time",
    ),
    ("pgAgent", "pgagent.pga_job", "jobid jobjclid jobname jobdesc jobhostagent jobenabled jobcreated"),
    ("pgAgent", "pgagent.pga_jobagent", "jagpid jaglogintime jagstation jagid"),
    ("pgmq", "pgmq.q_mail", "msg_id read_ct enqueued_at last_read_at vt message headers"),
    ("pgmq", "pgmq.a_mail", "msg_id read_ct enqueued_at archived_at vt message headers"),
    (
        "PgQ",
        "pgq.event_1_0",
        "ev_id ev_time ev_txid ev_owner ev_retry ev_type ev_data ev_extra1 ev_extra2 ev_extra3 ev_extra4",
    ),
    ("PgQ", "pgq.tick", "tick_queue tick_id tick_time tick_snapshot tick_event_seq"),
    ("pg_net", "net.http_request_queue", "id method url headers body timeout_milliseconds"),
    (
        "Hasura events",
        "hdb_catalog.event_log",
        "id schema_name table_name trigger_name payload delivered error tries created_at locked next_retry_at archived",
    ),
    (
        "Hasura events",
        "hdb_catalog.hdb_scheduled_events",
        "id webhook_conf scheduled_time retry_conf payload header_conf status tries created_at next_retry_at comment",
    ),
    (
        "Celery",
        "django_celery_beat_periodictask",
        "id name task args kwargs queue exchange routing_key expires enabled last_run_at total_run_count date_changed",
    ),
    (
        "Celery",
        "django_celery_results_taskresult",
        "id task_id status content_type content_encoding result date_done traceback meta task_args task_kwargs",
    ),
    ("Celery", "kombu_message", "id visible timestamp payload version queue_id"),
    ("Django Q", "django_q_ormq", "id key payload lock"),
    (
        "Django Q",
        "django_q_schedule",
        "id func hook args kwargs schedule_type repeats next_run task name minutes cron cluster",
    ),
    ("Django Q", "django_q_task", "id name func hook args kwargs result started stopped success group"),
    ("Laravel queues", "jobs", "id queue payload attempts reserved_at available_at created_at"),
    ("Laravel queues", "failed_jobs", "id uuid connection queue payload exception failed_at"),
    (
        "Laravel queues",
        "job_batches",
        "id name total_jobs pending_jobs failed_jobs failed_job_ids options cancelled_at created_at finished_at",
    ),
    (
        "Symfony Messenger",
        "messenger_messages",
        "id body headers queue_name created_at available_at delivered_at",
    ),
    (
        "Hangfire",
        "hangfire.job",
        "id stateid statename invocationdata arguments createdat expireat updatecount",
    ),
    ("Hangfire", "hangfire.set", "id key score value expireat updatecount"),
    (
        "Quartz",
        "qrtz_job_details",
        "sched_name job_name job_group description job_class_name is_durable is_nonconcurrent job_data",
    ),
    (
        "db-scheduler",
        "scheduled_tasks",
        "task_name task_instance task_data execution_time picked picked_by last_success last_failure version",
    ),
    (
        "MassTransit",
        "OutboxMessage",
        "SequenceNumber EnqueueTime SentTime Headers Properties InboxMessageId OutboxId MessageId ContentType Body",
    ),
    ("outboxes of Debezium's shape", "order_outbox", "id aggregatetype aggregateid type payload"),
];

#[test]
fn each_product_is_known_by_its_own_schema() {
    for (what, name, columns) in KNOWN {
        assert_eq!(known_as(name, columns), what, "{name}");
    }
}

/// Tables that somebody lives by, or that only steer a queue.
const OTHERS: [(&str, &str); 26] = [
    ("jobs", "id title company_id salary description published_at"),
    ("jobs", "id queue payload status created_at"),
    ("job", "id name state data customer_id"),
    ("job", "id schedule command machine"),
    ("oban_jobs", "id state queue note"),
    ("my_oban_jobs", "id state queue worker args errors attempt max_attempts attempted_at"),
    ("que_jobs", "id title"),
    ("schedule", "id teacher_id room starts_at"),
    ("schedule", "name cron data"),
    ("subscription", "id customer_id plan renewed_at"),
    ("event_2024_01", "id kind at data"),
    ("tick", "symbol price at"),
    ("q_answers", "id question message"),
    ("t_task", "task_id task_name params"),
    ("c_order", "task_id state status"),
    ("i_mail", "idempotency_key task_id"),
    ("notifications", "id user_id message read_at"),
    ("streams", "id camera_id url"),
    ("hash", "key field value expireat"),
    ("public.set", "id key score value expireat"),
    ("state", "id jobid name"),
    ("outbox", "id recipient subject body"),
    ("failed_jobs", "id reason"),
    ("good_job_settings", "id created_at updated_at key value"),
    ("solid_queue_pauses", "id queue_name created_at"),
    ("river_migration", "line version created_at"),
];

#[test]
fn a_table_that_only_sounds_like_one_keeps_its_rows() {
    for (name, columns) in OTHERS {
        assert_eq!(known_as(name, columns), "-", "{name}: {columns}");
    }
}

/// One column less than tells the product apart, and the table is somebody else's.
#[test]
fn every_column_of_an_entry_must_be_there() {
    let quiet = find("quiet").unwrap();
    for (what, name, columns) in KNOWN {
        let whole = table(name, columns);
        for entry in quiet.tables.iter().filter(|entry| entry.knows(&whole)) {
            for wanted in &entry.columns {
                let mut less = whole.clone();
                less.columns.retain(|column| !wanted.matches(&NameWords::new(column.name.as_str())));
                assert!(!entry.knows(&less), "{what} {name}");
            }
        }
    }
}

#[test]
fn what_reaches_the_outside_becomes_inert() {
    let quiet = |name, value_type: &_| super::mask("quiet", name, value_type);
    let text = super::text(None);
    for name in ["webhook_url", "order_callback_url", "endpointUrl", "api_base_url", "broker_url"] {
        assert_eq!(quiet(name, &text), "internet.url", "{name}");
    }
    assert_eq!(quiet("smtp_host", &text), "internet.hostname");
    assert_eq!(quiet("smtp_username", &text), "text.redact");
    for name in [
        "device_token",
        "fcm_token",
        "apnsToken",
        "stripe_customer_id",
        "stripe_id",
        "stripe_payment_method_id",
        "gateway_customer_profile_id",
        "slack_user_id",
        "hubspot_contact_id",
    ] {
        assert_eq!(quiet(name, &text), "secret.token", "{name}");
    }
    assert_eq!(quiet("telegram_chat_id", &ValueType::Int8), "null");
    assert_eq!(quiet("push_subscription", &ValueType::Jsonb), "text.redact");
    for name in
        ["url", "website", "customer_id", "device_type", "hosted_at", "stripe", "webhooks_count", "player_id"]
    {
        assert_eq!(quiet(name, &text), "-", "{name}");
    }
    assert_eq!(quiet("payment_method_id", &ValueType::Int8), "-");
}
