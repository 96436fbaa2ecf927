-- Rpms and archives, and the buildroots they were made in.

CREATE TABLE buildroot (
    {{id}},
    br_type integer NOT NULL,
    cg_id integer REFERENCES content_generator (id),
    cg_version text,
    container_type text,
    container_arch text,
    host_os text,
    host_arch text,
    extra text,
    CONSTRAINT cg_sane CHECK (cg_id IS NULL AND cg_version IS NULL OR cg_id IS NOT NULL AND cg_version IS NOT NULL),
    CONSTRAINT container_sane CHECK (container_type IS NULL AND container_arch IS NULL OR container_type IS NOT NULL AND container_arch IS NOT NULL)
);

CREATE TABLE standard_buildroot (
    buildroot_id integer PRIMARY KEY REFERENCES buildroot (id),
    host_id integer NOT NULL REFERENCES host (id),
    repo_id integer NOT NULL REFERENCES repo (id),
    task_id integer NOT NULL REFERENCES task (id),
    {{event "create_event"}},
    retire_event integer,
    state integer
);

CREATE TABLE buildroot_tools_info (
    buildroot_id integer NOT NULL REFERENCES buildroot (id),
    tool text NOT NULL,
    version text NOT NULL,
    PRIMARY KEY (buildroot_id, tool)
);

CREATE TABLE rpminfo (
    {{id}},
    build_id integer,
    buildroot_id integer REFERENCES buildroot (id),
    name text NOT NULL,
    version text NOT NULL,
    release text NOT NULL,
    epoch integer,
    {{varchar "arch" 16}} NOT NULL,
    {{bool "draft"}},
    external_repo_id integer NOT NULL REFERENCES external_repo (id),
    payloadhash text NOT NULL,
    size {{bigint}} NOT NULL,
    buildtime {{bigint}} NOT NULL,
    {{bool "metadata_only"}} NOT NULL DEFAULT FALSE,
    extra text,
    FOREIGN KEY (build_id, draft) REFERENCES build (id, draft) ON UPDATE CASCADE,
    CONSTRAINT build_id_draft_external_repo_id_sane CHECK (draft IS NULL AND build_id IS NULL AND external_repo_id <> 0 OR
        draft IS NOT NULL AND build_id IS NOT NULL AND external_repo_id = 0)
);
CREATE INDEX rpminfo_build ON rpminfo (build_id);
CREATE UNIQUE INDEX rpminfo_unique_nvra_not_draft ON rpminfo (name, version, release, arch, external_repo_id) WHERE draft IS NOT TRUE;
CREATE INDEX rpminfo_nvra ON rpminfo (name, version, release, arch, external_repo_id);
CREATE INDEX rpminfo_filename ON rpminfo ((name || '-' || version || '-' || release || '.' || arch || '.rpm')){{include "id"}};

CREATE TABLE rpmsigs (
    rpm_id integer NOT NULL REFERENCES rpminfo (id),
    sigkey text NOT NULL,
    sighash text NOT NULL,
    CONSTRAINT rpmsigs_no_resign UNIQUE (rpm_id, sigkey)
);

CREATE TABLE rpm_checksum (
    rpm_id integer NOT NULL REFERENCES rpminfo (id),
    sigkey text NOT NULL,
    checksum text NOT NULL UNIQUE,
    checksum_type {{smallint}} NOT NULL,
    PRIMARY KEY (rpm_id, sigkey, checksum_type)
);
CREATE INDEX rpm_checksum_rpm_id ON rpm_checksum (rpm_id);

CREATE TABLE buildroot_listing (
    buildroot_id integer NOT NULL REFERENCES buildroot (id),
    rpm_id integer NOT NULL REFERENCES rpminfo (id),
    {{bool "is_update"}} NOT NULL DEFAULT FALSE,
    UNIQUE (buildroot_id, rpm_id)
);
CREATE INDEX buildroot_listing_rpms ON buildroot_listing (rpm_id);

CREATE TABLE archivetypes (
    {{id}},
    name text NOT NULL UNIQUE,
    description text NOT NULL,
    extensions text NOT NULL,
    compression_type text
);

CREATE TABLE archiveinfo (
    {{id}},
    type_id integer NOT NULL REFERENCES archivetypes (id),
    btype_id integer REFERENCES btype (id),
    build_id integer NOT NULL REFERENCES build (id),
    buildroot_id integer REFERENCES buildroot (id),
    filename text NOT NULL,
    size {{bigint}} NOT NULL,
    checksum text NOT NULL,
    checksum_type integer NOT NULL,
    {{bool "metadata_only"}} NOT NULL DEFAULT FALSE,
    extra text
);
CREATE INDEX archiveinfo_build_idx ON archiveinfo (build_id);
CREATE INDEX archiveinfo_buildroot_idx ON archiveinfo (buildroot_id);
CREATE INDEX archiveinfo_type_idx ON archiveinfo (type_id);
CREATE INDEX archiveinfo_filename_idx ON archiveinfo (filename);

CREATE TABLE archive_components (
    archive_id integer NOT NULL REFERENCES archiveinfo (id),
    component_id integer NOT NULL REFERENCES archiveinfo (id),
    UNIQUE (archive_id, component_id)
);
CREATE INDEX archive_components_idx ON archive_components (component_id);

CREATE TABLE archive_rpm_components (
    archive_id integer NOT NULL REFERENCES archiveinfo (id),
    rpm_id integer NOT NULL REFERENCES rpminfo (id),
    UNIQUE (archive_id, rpm_id)
);
CREATE INDEX rpm_components_idx ON archive_rpm_components (rpm_id);

CREATE TABLE buildroot_archives (
    buildroot_id integer NOT NULL REFERENCES buildroot (id),
    archive_id integer NOT NULL REFERENCES archiveinfo (id),
    {{bool "project_dep"}} NOT NULL,
    PRIMARY KEY (buildroot_id, archive_id)
);
CREATE INDEX buildroot_archives_archive_idx ON buildroot_archives (archive_id);

CREATE TABLE maven_archives (
    archive_id integer PRIMARY KEY REFERENCES archiveinfo (id),
    group_id text NOT NULL,
    artifact_id text NOT NULL,
    version text NOT NULL
);

CREATE TABLE win_archives (
    archive_id integer PRIMARY KEY REFERENCES archiveinfo (id),
    relpath text NOT NULL,
    platforms text NOT NULL,
    flags text
);

CREATE TABLE image_archives (
    archive_id integer PRIMARY KEY REFERENCES archiveinfo (id),
    {{varchar "arch" 16}} NOT NULL
);
