-- Tags, what they contain, and what is made from and for them.

CREATE TABLE tag (
    {{id}},
    name text NOT NULL UNIQUE
);

CREATE TABLE tag_config (
    tag_id integer NOT NULL REFERENCES tag (id),
    arches text,
    perm_id integer REFERENCES permissions (id),
    {{bool "locked"}} NOT NULL DEFAULT FALSE,
    {{bool "maven_support"}} NOT NULL DEFAULT FALSE,
    {{bool "maven_include_all"}} NOT NULL DEFAULT FALSE,
    {{versioned "tag_id"}},
    UNIQUE (tag_id, active)
);

CREATE TABLE tag_extra (
    tag_id integer NOT NULL REFERENCES tag (id),
    key text NOT NULL,
    value text,
    {{versioned "tag_id, key"}},
    UNIQUE (tag_id, key, active)
);

CREATE TABLE tag_inheritance (
    tag_id integer NOT NULL REFERENCES tag (id),
    parent_id integer NOT NULL REFERENCES tag (id),
    priority integer NOT NULL,
    maxdepth integer,
    {{bool "intransitive"}} NOT NULL DEFAULT FALSE,
    {{bool "noconfig"}} NOT NULL DEFAULT FALSE,
    pkg_filter text,
    {{versioned "tag_id, priority"}},
    UNIQUE (tag_id, parent_id, active),
    UNIQUE (tag_id, priority, active)
);
CREATE INDEX tag_inheritance_by_parent ON tag_inheritance (parent_id);

CREATE TABLE tag_packages (
    package_id integer NOT NULL REFERENCES package (id),
    tag_id integer NOT NULL REFERENCES tag (id),
    {{bool "blocked"}} NOT NULL DEFAULT FALSE,
    extra_arches text,
    {{versioned "package_id, tag_id"}},
    UNIQUE (package_id, tag_id, active)
);
CREATE INDEX tag_packages_active_tag_id ON tag_packages (active, tag_id);
CREATE INDEX tag_packages_create_event ON tag_packages (create_event);
CREATE INDEX tag_packages_revoke_event ON tag_packages (revoke_event);

CREATE TABLE tag_package_owners (
    package_id integer NOT NULL REFERENCES package (id),
    tag_id integer NOT NULL REFERENCES tag (id),
    owner integer NOT NULL REFERENCES users (id),
    {{versioned "package_id, tag_id"}},
    UNIQUE (package_id, tag_id, active)
);

CREATE TABLE tag_listing (
    build_id integer NOT NULL REFERENCES build (id),
    tag_id integer NOT NULL REFERENCES tag (id),
    {{versioned "build_id, tag_id"}},
    UNIQUE (build_id, tag_id, active)
);
CREATE INDEX tag_listing_tag_id_key ON tag_listing (tag_id);

CREATE TABLE tag_updates (
    {{id}},
    tag_id integer NOT NULL REFERENCES tag (id),
    {{event "update_event"}},
    updater_id integer NOT NULL REFERENCES users (id),
    update_type integer NOT NULL
);
CREATE INDEX tag_updates_by_tag ON tag_updates (tag_id);
CREATE INDEX tag_updates_by_event ON tag_updates (update_event);

CREATE TABLE build_target (
    {{id}},
    name text NOT NULL UNIQUE
);

CREATE TABLE build_target_config (
    build_target_id integer NOT NULL REFERENCES build_target (id),
    build_tag integer NOT NULL REFERENCES tag (id),
    dest_tag integer NOT NULL REFERENCES tag (id),
    {{versioned "build_target_id"}},
    UNIQUE (build_target_id, active)
);

CREATE TABLE groups (
    {{id}},
    {{varchar "name" 50}} NOT NULL UNIQUE
);

CREATE TABLE group_config (
    group_id integer NOT NULL REFERENCES groups (id),
    tag_id integer NOT NULL REFERENCES tag (id),
    {{bool "blocked"}} NOT NULL DEFAULT FALSE,
    {{bool "exported"}} DEFAULT TRUE,
    display_name text NOT NULL,
    {{bool "is_default"}},
    {{bool "uservisible"}},
    description text,
    langonly text,
    {{bool "biarchonly"}},
    {{versioned "group_id, tag_id"}},
    UNIQUE (group_id, tag_id, active)
);

CREATE TABLE group_package_listing (
    group_id integer NOT NULL REFERENCES groups (id),
    tag_id integer NOT NULL REFERENCES tag (id),
    package text NOT NULL,
    {{bool "blocked"}} NOT NULL DEFAULT FALSE,
    {{varchar "type" 25}} NOT NULL,
    {{bool "basearchonly"}},
    requires text,
    {{versioned "group_id, tag_id, package"}},
    UNIQUE (group_id, tag_id, package, active)
);

CREATE TABLE group_req_listing (
    group_id integer NOT NULL REFERENCES groups (id),
    tag_id integer NOT NULL REFERENCES tag (id),
    req_id integer NOT NULL REFERENCES groups (id),
    {{bool "blocked"}} NOT NULL DEFAULT FALSE,
    {{varchar "type" 25}},
    {{bool "is_metapkg"}} NOT NULL DEFAULT FALSE,
    {{versioned "group_id, tag_id, req_id"}},
    UNIQUE (group_id, tag_id, req_id, active)
);

CREATE TABLE external_repo (
    {{id}},
    name text NOT NULL UNIQUE
);

CREATE TABLE external_repo_config (
    external_repo_id integer NOT NULL REFERENCES external_repo (id),
    url text NOT NULL,
    {{versioned "external_repo_id"}},
    UNIQUE (external_repo_id, active)
);

CREATE TABLE external_repo_data (
    external_repo_id integer NOT NULL REFERENCES external_repo (id),
    {{jsonb "data"}},
    {{versioned "external_repo_id"}},
    UNIQUE (external_repo_id, active)
);

CREATE TABLE tag_external_repos (
    tag_id integer NOT NULL REFERENCES tag (id),
    external_repo_id integer NOT NULL REFERENCES external_repo (id),
    priority integer NOT NULL,
    merge_mode text NOT NULL DEFAULT 'koji',
    arches text,
    {{versioned "tag_id, priority"}},
    UNIQUE (tag_id, external_repo_id, active),
    UNIQUE (tag_id, priority, active)
);

CREATE TABLE build_notifications (
    {{id}},
    user_id integer NOT NULL REFERENCES users (id),
    package_id integer REFERENCES package (id),
    tag_id integer REFERENCES tag (id),
    {{bool "success_only"}} NOT NULL DEFAULT FALSE,
    email text NOT NULL
);

CREATE TABLE build_notifications_block (
    {{id}},
    user_id integer NOT NULL REFERENCES users (id),
    package_id integer REFERENCES package (id),
    tag_id integer REFERENCES tag (id)
);
