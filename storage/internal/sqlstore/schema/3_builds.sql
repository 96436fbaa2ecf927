-- Packages and their builds.

CREATE TABLE package (
    {{id}},
    name text NOT NULL UNIQUE
);

CREATE TABLE btype (
    {{id}},
    name text NOT NULL UNIQUE
);

CREATE TABLE build (
    {{id}},
    volume_id integer NOT NULL REFERENCES volume (id),
    pkg_id integer NOT NULL REFERENCES package (id) DEFERRABLE,
    version text NOT NULL,
    release text NOT NULL,
    epoch integer,
    {{bool "draft"}} NOT NULL DEFAULT FALSE,
    source text,
    {{event "create_event"}},
    start_time {{time}},
    completion_time {{time}},
    promotion_time {{time}},
    state integer NOT NULL,
    task_id integer REFERENCES task (id),
    owner integer NOT NULL REFERENCES users (id),
    promoter integer REFERENCES users (id),
    cg_id integer REFERENCES content_generator (id),
    extra text,
    CONSTRAINT build_pkg_ver_rel UNIQUE (pkg_id, version, release),
    CONSTRAINT draft_for_rpminfo UNIQUE (id, draft),
    CONSTRAINT completion_sane CHECK (state = 0 AND completion_time IS NULL OR state <> 0 AND completion_time IS NOT NULL),
    CONSTRAINT draft_release_sane CHECK (NOT draft OR {{draft}}),
    CONSTRAINT promotion_sane CHECK (NOT draft OR promotion_time IS NULL AND promoter IS NULL)
);
CREATE INDEX build_by_pkg_id ON build (pkg_id);
CREATE INDEX build_completion ON build (completion_time);

CREATE TABLE build_types (
    build_id integer NOT NULL REFERENCES build (id),
    btype_id integer NOT NULL REFERENCES btype (id),
    PRIMARY KEY (build_id, btype_id)
);

CREATE TABLE build_reservations (
    build_id integer PRIMARY KEY REFERENCES build (id),
    {{varchar "token" 64}},
    created {{time}} NOT NULL
);
CREATE INDEX build_reservations_created ON build_reservations (created);

CREATE TABLE maven_builds (
    build_id integer PRIMARY KEY REFERENCES build (id),
    group_id text NOT NULL,
    artifact_id text NOT NULL,
    version text NOT NULL
);

CREATE TABLE win_builds (
    build_id integer PRIMARY KEY REFERENCES build (id),
    platform text NOT NULL
);

CREATE TABLE image_builds (
    build_id integer PRIMARY KEY REFERENCES build (id)
);
