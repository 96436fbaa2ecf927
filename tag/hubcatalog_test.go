package tag_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// catalog asks a catalog of the hub's store.
func (h *hub) catalog(fn func(c *tag.Catalog) error) error {
	return h.store.View(h.ctx, func(tx *storage.Tx) error { return fn(tag.NewCatalog(tx)) })
}

type targetArgs struct {
	Info       ref
	Event      event
	BuildTagID ref
	DestTagID  ref
	Strict     bool
}

func (h *hub) targets(args *targetArgs) ([]map[string]any, error) {
	q := tag.TargetQuery{At: args.Event.at, ID: koji.TargetID(args.Info.id), Name: args.Info.name}
	rows := []map[string]any{}
	for of, id := range map[*ref]*koji.TagID{&args.BuildTagID: &q.BuildTag, &args.DestTagID: &q.DestTag} {
		if *of == (ref{}) {
			continue
		}
		var err error
		if *id, err = h.tag(*of, true); err != nil {
			return rows, nil
		}
	}
	err := h.catalog(func(c *tag.Catalog) error {
		list, err := c.Targets(h.ctx, q)
		for _, t := range list {
			rows = append(rows, map[string]any{
				"id": t.ID, "name": t.Name, "build_tag": t.BuildTag, "build_tag_name": t.BuildTagName,
				"dest_tag": t.DestTag, "dest_tag_name": t.DestTagName,
			})
		}
		return err
	})
	return rows, err
}

func (h *hub) getBuildTargets(q *golden.Query) (any, error) {
	var args targetArgs
	q.Args(&args)
	return h.targets(&args)
}

func (h *hub) getBuildTarget(q *golden.Query) (any, error) {
	var args targetArgs
	q.Args(&args)
	rows, err := h.targets(&args)
	return only(rows, args.Strict, err)
}

// only is the answer of calls that look for one thing.
func only(rows []map[string]any, strict bool, err error) (any, error) {
	switch {
	case err != nil:
		return nil, err
	case len(rows) > 0:
		return rows[0], nil
	case strict:
		return nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such thing")
	}
	return nil, nil
}

type repoArgs struct {
	Info   ref
	URL    string
	Event  event
	Strict bool
}

func (h *hub) repos(args *repoArgs) ([]map[string]any, error) {
	rows := []map[string]any{}
	err := h.catalog(func(c *tag.Catalog) error {
		list, err := c.Repos(h.ctx, tag.RepoQuery{
			At: args.Event.at, ID: koji.ExternalRepoID(args.Info.id), Name: args.Info.name, URL: args.URL,
		})
		for _, r := range list {
			rows = append(rows, map[string]any{"id": r.ID, "name": r.Name, "url": r.URL})
		}
		return err
	})
	return rows, err
}

func (h *hub) listExternalRepos(q *golden.Query) (any, error) {
	var args repoArgs
	q.Args(&args)
	return h.repos(&args)
}

func (h *hub) getExternalRepo(q *golden.Query) (any, error) {
	var args repoArgs
	q.Args(&args)
	rows, err := h.repos(&args)
	return only(rows, args.Strict, err)
}

func externalMaps(list []tag.ExternalRepo) []map[string]any {
	rows := []map[string]any{}
	for _, e := range list {
		rows = append(rows, map[string]any{
			"tag_id": e.Tag, "tag_name": e.TagName, "external_repo_id": e.ID, "external_repo_name": e.Name, "url": e.URL,
			"priority": e.Priority, "merge_mode": e.MergeMode, "arches": null(e.Arches.V, e.Arches.Valid),
		})
	}
	return rows
}

func (h *hub) getExternalRepoList(q *golden.Query) (any, error) {
	var args struct {
		TagInfo ref `json:"tag_info"`
		Event   event
	}
	q.Args(&args)
	id, err := h.tag(args.TagInfo, false)
	if err != nil {
		return nil, err
	}
	list, err := h.r.ExternalRepos(h.ctx, id, args.Event.at)
	return externalMaps(list), err
}

func (h *hub) getTagExternalRepos(q *golden.Query) (any, error) {
	var args struct {
		TagInfo  *ref `json:"tag_info"`
		RepoInfo *ref `json:"repo_info"`
		Event    event
	}
	q.Args(&args)
	var query tag.ExternalRepoQuery
	if args.TagInfo != nil {
		id, err := h.tag(*args.TagInfo, false)
		if err != nil {
			return nil, err
		}
		query.Tags = []koji.TagID{id}
	}
	if args.RepoInfo != nil {
		rows, err := h.repos(&repoArgs{Info: *args.RepoInfo, Event: args.Event})
		repo, err := only(rows, true, err)
		if err != nil {
			return nil, err
		}
		query.Repo = repo.(map[string]any)["id"].(koji.ExternalRepoID)
	}
	list, err := h.r.ExternalRepoUses(h.ctx, args.Event.at, query)
	return externalMaps(list), err
}

func (h *hub) listTags(q *golden.Query) (any, error) {
	args := struct {
		Build     koji.BuildID
		Package   *ref
		Perms     bool
		QueryOpts queryOpts
		Pattern   string
	}{Perms: true}
	q.Args(&args)
	query := tag.Search{Pattern: args.Pattern, Build: args.Build}
	query.Page.Limit, query.Page.Offset = args.QueryOpts.Limit, args.QueryOpts.Offset
	if field, desc := strings.CutPrefix(args.QueryOpts.Order, "-"); field != "" {
		query.Page.Order = []storage.Order{{Column: field, Desc: desc}}
	}
	if args.Package != nil {
		var err error
		if query.Package, err = h.packageID(*args.Package); err != nil {
			return nil, err
		}
	}
	rows := []map[string]any{}
	err := h.catalog(func(c *tag.Catalog) error {
		list, err := c.Tags(h.ctx, query)
		for i := range list {
			m := infoMap(&list[i].Info)
			if !args.Perms {
				delete(m, "perm")
				delete(m, "perm_id")
			}
			if p := list[i].Listing; p != nil {
				m["owner_id"], m["owner_name"], m["blocked"] = p.Owner, p.OwnerName, p.Blocked
				m["extra_arches"] = null(p.ExtraArches.V, p.ExtraArches.Valid)
			}
			rows = append(rows, m)
		}
		return err
	})
	if args.QueryOpts.CountOnly {
		return len(rows), err
	}
	return rows, err
}

func (h *hub) packageID(r ref) (koji.PackageID, error) {
	name, err := h.packageName(r)
	if err != nil {
		return 0, err
	}
	return find(h, r, func(tx *storage.Tx) ([]storage.Package, error) {
		return tx.Packages().List(h.ctx, storage.PackageFilter{Name: storage.Is(name)})
	}, func(p storage.Package) koji.PackageID { return p.ID })
}

func (h *hub) untaggedBuilds(q *golden.Query) (any, error) {
	var args struct {
		Name  string
		Draft *bool
	}
	q.Args(&args)
	query := tag.UntaggedQuery{Name: args.Name}
	if args.Draft != nil {
		query.Drafts = tag.NoDrafts
		if *args.Draft {
			query.Drafts = tag.DraftsOnly
		}
	}
	rows := []map[string]any{}
	err := h.catalog(func(c *tag.Catalog) error {
		for b, err := range c.Untagged(h.ctx, query) {
			if err != nil {
				return err
			}
			rows = append(rows, map[string]any{"id": b.ID, "name": b.Name, "version": b.Version, "release": b.Release})
		}
		return nil
	})
	return rows, err
}

// getNextRelease is answered where builds are made.
func (h *hub) getNextRelease(q *golden.Query) (any, error) {
	args := struct {
		BuildInfo struct{ Name, Version string } `json:"build_info"`
		Incr      json.RawMessage
	}{Incr: json.RawMessage("1")}
	q.Args(&args)
	incr, err := strconv.Atoi(strings.Trim(string(args.Incr), `"`))
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultParameter, "increment: %w", err)
	}
	release, err := build.New(h.store, nil, build.Options{}).NextRelease(h.ctx, args.BuildInfo.Name, args.BuildInfo.Version, incr)
	if errors.Is(err, koji.ErrNotFound) {
		return nil, nil
	}
	return release, err
}

// archives

func (h *hub) listTaggedArchives(q *golden.Query) (any, error) {
	args := struct {
		buildArgs
		Extra bool
	}{buildArgs: buildArgs{Strict: true}, Extra: true}
	q.Args(&args)
	id, err := h.tag(args.Tag, false)
	if err != nil {
		return nil, err
	}
	list, builds, err := h.r.Archives(h.ctx, id, args.options())
	if err != nil {
		return nil, err
	}
	rows := []map[string]any{}
	for i := range list {
		m := archiveMap(&list[i])
		switch args.Type {
		case "maven":
			m["maven_group_id"], m["maven_artifact_id"], m["maven_version"] = m["group_id"], m["artifact_id"], m["version"]
		case "win":
			w := list[i].Win
			m["relpath"], m["platforms"], m["flags"] = w.RelPath, w.Platforms, null(w.Flags.V, w.Flags.Valid)
		}
		rows = append(rows, m)
	}
	return map[string]any{"archives": rows, "builds": buildMaps(builds, args.Type, false)}, nil
}

func archiveMap(a *tag.Archive) map[string]any {
	return map[string]any{
		"id": a.ID, "type_id": a.Type, "btype_id": null(a.BType.V, a.BType.Valid), "btype": a.BTypeName, "build_id": a.Build,
		"buildroot_id": null(a.Buildroot.V, a.Buildroot.Valid), "filename": a.Filename, "size": a.Size, "checksum": a.Checksum,
		"checksum_type": a.ChecksumType, "metadata_only": a.MetadataOnly, "extra": extra(a.Extra.V, a.Extra.Valid),
		"group_id": a.Maven.GroupID, "artifact_id": a.Maven.ArtifactID, "version": a.Maven.Version,
	}
}

func (h *hub) getLatestMavenArchives(q *golden.Query) (any, error) {
	args := buildArgs{Inherit: true}
	q.Args(&args)
	id, err := h.tag(args.Tag, false)
	if err != nil {
		return nil, err
	}
	list, err := h.r.MavenArchives(h.ctx, id, args.options())
	rows := []map[string]any{}
	for i := range list {
		m := archiveMap(&list[i].Archive)
		m["tag_id"], m["tag_name"], m["tag_event"] = list[i].Tagged.Tag, list[i].Tagged.TagName, list[i].Tagged.Event
		rows = append(rows, m)
	}
	return rows, err
}
