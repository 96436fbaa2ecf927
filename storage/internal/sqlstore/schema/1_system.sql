-- Events, users, their rights and sessions, and what belongs to nobody.

CREATE TABLE events (
    {{id}},
    time {{time}} NOT NULL DEFAULT {{clock}}
);
{{functions}}

CREATE TABLE event_labels (
    event_id integer NOT NULL REFERENCES events (id),
    {{varchar "label" 255}} NOT NULL UNIQUE
);

CREATE TABLE users (
    {{id}},
    {{varchar "name" 255}} NOT NULL UNIQUE,
    {{varchar "password" 255}},
    status integer NOT NULL,
    usertype integer NOT NULL
);

CREATE TABLE user_krb_principals (
    user_id integer NOT NULL REFERENCES users (id),
    {{varchar "krb_principal" 255}} NOT NULL UNIQUE,
    PRIMARY KEY (user_id, krb_principal)
);

CREATE TABLE user_groups (
    user_id integer NOT NULL REFERENCES users (id),
    group_id integer NOT NULL REFERENCES users (id),
    {{versioned "user_id, group_id"}},
    UNIQUE (user_id, group_id, active)
);

CREATE TABLE permissions (
    {{id}},
    {{varchar "name" 50}} NOT NULL UNIQUE,
    description text
);

CREATE TABLE user_perms (
    user_id integer NOT NULL REFERENCES users (id),
    perm_id integer NOT NULL REFERENCES permissions (id),
    {{versioned "user_id, perm_id"}},
    UNIQUE (user_id, perm_id, active)
);

CREATE TABLE sessions (
    {{id}},
    user_id integer NOT NULL REFERENCES users (id),
    {{bool "expired"}} NOT NULL DEFAULT FALSE,
    master integer REFERENCES sessions (id),
    {{varchar "key" 255}},
    authtype integer,
    {{varchar "hostip" 255}},
    callnum integer,
    start_time {{time}} NOT NULL DEFAULT {{now}},
    update_time {{time}} NOT NULL DEFAULT {{now}},
    {{bool "exclusive"}},
    {{bool "closed"}} NOT NULL DEFAULT FALSE,
    renew_time {{time}},
    UNIQUE (user_id, exclusive),
    CONSTRAINT no_closed_exclusive CHECK (closed IS FALSE OR exclusive IS NULL),
    CONSTRAINT no_exclusive_subsessions CHECK (master IS NULL OR exclusive IS NULL),
    CHECK (exclusive)
);
CREATE INDEX sessions_master ON sessions (master);
CREATE INDEX sessions_active_and_recent ON sessions (expired, master, update_time) WHERE expired = FALSE AND master IS NULL;
CREATE INDEX sessions_expired ON sessions (expired);

CREATE TABLE locks (
    name text PRIMARY KEY
);

CREATE TABLE volume (
    {{id}},
    name text NOT NULL UNIQUE
);

CREATE TABLE content_generator (
    {{id}},
    name text NOT NULL UNIQUE
);

CREATE TABLE cg_users (
    cg_id integer NOT NULL REFERENCES content_generator (id),
    user_id integer NOT NULL REFERENCES users (id),
    {{versioned "cg_id, user_id"}},
    UNIQUE (cg_id, user_id, active)
);

CREATE TABLE proton_queue (
    {{id}},
    created_ts {{time}} DEFAULT {{now}},
    address text NOT NULL,
    {{json "props"}} NOT NULL,
    {{json "body"}} NOT NULL
);
