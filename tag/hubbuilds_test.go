package tag_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/tag"
)

// latest is the API's limit on builds of a package: true means 1.
type latest int

func (l *latest) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "null", "false":
		*l = 0
		return nil
	case "true":
		*l = 1
		return nil
	}
	return json.Unmarshal(text, (*int)(l))
}

// buildArgs are the arguments of the calls that list builds.
type buildArgs struct {
	Tag     ref
	Event   event
	Inherit bool
	Latest  latest
	Package *string
	Owner   string
	Type    string
	Prefix  string
	Strict  bool
	Extra   bool
	Draft   *bool
}

func (a *buildArgs) options() tag.BuildOptions {
	opts := tag.BuildOptions{
		At: a.Event.at, Inherit: a.Inherit, Latest: int(a.Latest), Owner: a.Owner, Type: a.Type, Prefix: a.Prefix,
	}
	if a.Package != nil {
		opts.Package = *a.Package
	}
	if a.Draft != nil {
		opts.Drafts = tag.NoDrafts
		if *a.Draft {
			opts.Drafts = tag.DraftsOnly
		}
	}
	return opts
}

// builds lists builds. Without strict a tag that is not there has none.
func (h *hub) builds(a *buildArgs, extra bool) ([]map[string]any, error) {
	id, err := h.tag(a.Tag, false)
	var list []tag.Build
	if err == nil {
		list, err = h.r.Builds(h.ctx, id, a.options())
	}
	if errors.Is(err, koji.ErrNotFound) && !a.Strict {
		return []map[string]any{}, nil
	}
	return buildMaps(list, a.Type, extra), err
}

func (h *hub) listTagged(q *golden.Query) (any, error) {
	args := buildArgs{Strict: true}
	q.Args(&args)
	return h.builds(&args, args.Extra)
}

// latestArgs are those of getLatestBuilds, which asks for any id there is.
func (h *hub) getLatestBuilds(q *golden.Query) (any, error) {
	args := buildArgs{Inherit: true, Latest: 1, Strict: true}
	q.Args(&args)
	id, err := h.tag(args.Tag, true)
	if err != nil {
		return nil, err
	}
	opts := args.options()
	opts.AllowMissing = true
	list, err := h.r.Builds(h.ctx, id, opts)
	return buildMaps(list, args.Type, false), err
}

type rpmArgs struct {
	buildArgs
	Arch    arches
	RPMSigs bool
}

// arches is one architecture or a list.
type arches []string

func (a *arches) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		*a = make([]string, 1)
		return json.Unmarshal(text, &(*a)[0])
	}
	return json.Unmarshal(text, (*[]string)(a))
}

func (h *hub) listTaggedRPMS(q *golden.Query) (any, error) {
	args := rpmArgs{buildArgs: buildArgs{Strict: true, Extra: true}}
	q.Args(&args)
	id, err := h.tag(args.Tag, false)
	if err != nil {
		return nil, err
	}
	return h.rpms(id, &args, args.options())
}

func (h *hub) getLatestRPMS(q *golden.Query) (any, error) {
	args := rpmArgs{buildArgs: buildArgs{Inherit: true, Latest: 1, Extra: true}}
	q.Args(&args)
	id, err := h.tag(args.Tag, true)
	if err != nil {
		return nil, err
	}
	opts := args.options()
	opts.AllowMissing = true
	return h.rpms(id, &args, opts)
}

func (h *hub) rpms(id koji.TagID, args *rpmArgs, opts tag.BuildOptions) (any, error) {
	rpms, builds, err := h.r.RPMs(h.ctx, id, tag.RPMOptions{BuildOptions: opts, Arches: args.Arch, Signatures: args.RPMSigs})
	if err != nil {
		return nil, err
	}
	rows := []map[string]any{}
	for i := range rpms {
		p := &rpms[i]
		m := map[string]any{
			"id": p.ID, "name": p.Name, "version": p.Version, "release": p.Release, "epoch": null(p.Epoch.V, p.Epoch.Valid),
			"arch": p.Arch, "draft": null(p.Draft.V, p.Draft.Valid), "payloadhash": p.PayloadHash, "size": p.Size,
			"buildtime": p.BuildTime, "buildroot_id": null(p.Buildroot.V, p.Buildroot.Valid), "build_id": null(p.Build.V, p.Build.Valid),
			"metadata_only": p.MetadataOnly,
		}
		if args.Extra {
			m["extra"] = extra(p.Extra.V, p.Extra.Valid)
		}
		if args.RPMSigs {
			m["sigkey"] = null(p.SigKey.V, p.SigKey.Valid)
		}
		rows = append(rows, m)
	}
	return map[string]any{"rpms": rows, "builds": buildMaps(builds, args.Type, false)}, nil
}

func buildMaps(list []tag.Build, typ string, withExtra bool) []map[string]any {
	rows := make([]map[string]any, len(list))
	for i := range list {
		b := &list[i]
		m := map[string]any{
			"tag_id": b.Tag, "tag_name": b.TagName, "id": b.ID, "build_id": b.ID, "package_id": b.Package,
			"package_name": b.Name, "name": b.Name, "version": b.Version, "release": b.Release,
			"epoch": null(b.Epoch.V, b.Epoch.Valid), "nvr": b.NVR().String(), "state": b.State, "draft": b.Draft,
			"task_id": null(b.Task.V, b.Task.Valid), "owner_id": b.Owner, "owner_name": b.OwnerName,
			"promoter_id": null(b.Promoter.V, b.Promoter.Valid), "promoter_name": null(b.PromoterName.V, b.Promoter.Valid),
			"volume_id": b.Volume, "volume_name": b.VolumeName, "creation_event_id": b.CreateEvent,
			"creation_time": stamp(b.CreationTime, true), "start_time": stamp(b.StartTime.V, b.StartTime.Valid),
			"completion_time": stamp(b.CompletionTime.V, b.CompletionTime.Valid),
			"promotion_time":  stamp(b.PromotionTime.V, b.PromotionTime.Valid), "create_event": b.Event,
		}
		switch typ {
		case "maven":
			m["maven_group_id"], m["maven_artifact_id"], m["maven_version"] = b.Maven.GroupID, b.Maven.ArtifactID, b.Maven.Version
		case "win":
			m["platform"] = b.Platform
		}
		if withExtra {
			m["extra"] = extra(b.Extra.V, b.Extra.Valid)
		}
		rows[i] = m
	}
	return rows
}

func extra(text string, valid bool) any {
	if !valid {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return v
}

// stamp writes a time as clients see it.
func stamp(t time.Time, valid bool) any {
	if !valid {
		return nil
	}
	layout := "2006-01-02 15:04:05.000000-07:00"
	if t.Nanosecond() == 0 {
		layout = "2006-01-02 15:04:05-07:00"
	}
	return t.Format(layout)
}
