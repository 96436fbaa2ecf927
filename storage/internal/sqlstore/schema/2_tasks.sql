-- Hosts, channels, tasks, and the scheduler that brings them together.

CREATE TABLE channels (
    {{id}},
    {{varchar "name" 128}} NOT NULL UNIQUE,
    description text,
    {{bool "enabled"}} NOT NULL DEFAULT TRUE,
    comment text
);

CREATE TABLE host (
    {{id}},
    user_id integer NOT NULL REFERENCES users (id),
    {{varchar "name" 128}} NOT NULL UNIQUE,
    update_time {{time}},
    task_load {{double}} NOT NULL DEFAULT 0.0,
    {{bool "ready"}} NOT NULL DEFAULT FALSE,
    CHECK (NOT (task_load < 0))
);

CREATE TABLE host_config (
    host_id integer NOT NULL REFERENCES host (id),
    arches text,
    capacity {{double}} NOT NULL DEFAULT 2.0,
    description text,
    comment text,
    {{bool "enabled"}} NOT NULL DEFAULT TRUE,
    {{versioned "host_id"}},
    UNIQUE (host_id, active),
    CHECK (capacity > 1)
);
CREATE INDEX host_config_by_active_and_enabled ON host_config (active, enabled);

CREATE TABLE host_channels (
    host_id integer NOT NULL REFERENCES host (id),
    channel_id integer NOT NULL REFERENCES channels (id),
    {{versioned "host_id, channel_id"}},
    UNIQUE (host_id, channel_id, active)
);

CREATE TABLE task (
    {{id}},
    state integer,
    create_time {{time}} NOT NULL DEFAULT {{now}},
    start_time {{time}},
    completion_time {{time}},
    channel_id integer NOT NULL REFERENCES channels (id),
    host_id integer REFERENCES host (id),
    parent integer REFERENCES task (id),
    {{varchar "label" 255}},
    {{bool "waiting"}},
    {{bool "awaited"}},
    owner integer NOT NULL REFERENCES users (id),
    method text,
    request text,
    result text,
    eta integer,
    {{varchar "arch" 16}} NOT NULL,
    priority integer,
    weight {{double}} NOT NULL DEFAULT 1.0,
    UNIQUE (parent, label),
    CONSTRAINT parent_label_sane CHECK (parent IS NOT NULL OR label IS NULL),
    CHECK (NOT (weight < 0))
);
CREATE INDEX task_by_state ON task (state);
CREATE INDEX task_by_host ON task (host_id);
CREATE INDEX task_by_no_parent_state_method ON task (parent, state, method) WHERE parent IS NULL;

CREATE TABLE scheduler_task_runs (
    {{id}},
    task_id integer NOT NULL REFERENCES task (id),
    host_id integer NOT NULL REFERENCES host (id),
    {{bool "active"}} NOT NULL DEFAULT TRUE,
    create_time {{time}} NOT NULL DEFAULT {{now}}
);
CREATE INDEX scheduler_task_runs_task ON scheduler_task_runs (task_id);
CREATE INDEX scheduler_task_runs_host ON scheduler_task_runs (host_id);
CREATE INDEX scheduler_task_runs_create_time ON scheduler_task_runs (create_time);

CREATE TABLE scheduler_task_refusals (
    {{id}},
    task_id integer NOT NULL REFERENCES task (id),
    host_id integer NOT NULL REFERENCES host (id),
    {{bool "by_host"}} NOT NULL,
    {{bool "soft"}} NOT NULL DEFAULT FALSE,
    msg text,
    time {{time}} NOT NULL DEFAULT {{now}},
    UNIQUE (task_id, host_id)
);

CREATE TABLE scheduler_host_data (
    host_id integer PRIMARY KEY REFERENCES host (id),
    {{jsonb "data"}}
);

CREATE TABLE scheduler_sys_data (
    name text PRIMARY KEY,
    {{jsonb "data"}}
);

CREATE TABLE scheduler_log_messages (
    {{id}},
    task_id integer REFERENCES task (id),
    host_id integer REFERENCES host (id),
    msg_time {{time}} NOT NULL DEFAULT {{now}},
    msg text NOT NULL
);
