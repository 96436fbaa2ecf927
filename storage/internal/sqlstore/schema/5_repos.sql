-- Repositories generated from tags.

CREATE TABLE repo (
    {{id}},
    creation_time {{time}} DEFAULT {{now}},
    {{event "create_event"}},
    state_time {{time}} DEFAULT {{now}},
    begin_event integer REFERENCES events (id),
    end_event integer REFERENCES events (id),
    tag_id integer NOT NULL REFERENCES tag (id),
    state integer,
    {{bool "dist"}} DEFAULT FALSE,
    {{jsonb "opts"}},
    {{jsonb "custom_opts"}},
    task_id integer REFERENCES task (id)
);

CREATE TABLE repo_queue (
    {{id}},
    create_time {{time}} NOT NULL DEFAULT {{now}},
    owner integer NOT NULL REFERENCES users (id),
    priority integer NOT NULL,
    tag_id integer NOT NULL REFERENCES tag (id),
    at_event integer REFERENCES events (id),
    min_event integer REFERENCES events (id),
    {{jsonb "opts"}} NOT NULL,
    update_time {{time}} NOT NULL DEFAULT {{now}},
    {{bool "active"}} NOT NULL DEFAULT TRUE,
    task_id integer REFERENCES task (id),
    tries integer NOT NULL DEFAULT 0,
    repo_id integer REFERENCES repo (id),
    CONSTRAINT active_sane CHECK (NOT active OR repo_id IS NULL),
    CONSTRAINT only_one_event CHECK (at_event IS NULL OR min_event IS NULL)
);
