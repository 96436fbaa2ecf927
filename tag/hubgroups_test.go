package tag_test

import (
	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/tag"
)

func (h *hub) getTagGroups(q *golden.Query) (any, error) {
	args := struct {
		Tag         ref
		Event       event
		Inherit     bool
		InclPkgs    bool `json:"incl_pkgs"`
		InclReqs    bool `json:"incl_reqs"`
		InclBlocked bool `json:"incl_blocked"`
	}{Inherit: true, InclPkgs: true, InclReqs: true}
	q.Args(&args)
	id, err := h.tag(args.Tag, true)
	if err != nil {
		return nil, err
	}
	list, err := h.r.Groups(h.ctx, id, tag.GroupOptions{
		At: args.Event.at, Inherit: args.Inherit, Blocked: args.InclBlocked,
		WithoutPackages: !args.InclPkgs, WithoutRequirements: !args.InclReqs,
	})
	rows := []map[string]any{}
	for i := range list {
		rows = append(rows, groupMap(&list[i], args.InclPkgs, args.InclReqs))
	}
	return rows, err
}

func groupMap(g *tag.Group, packages, requirements bool) map[string]any {
	m := map[string]any{
		"name": g.Name, "group_id": g.ID, "tag_id": g.Tag, "blocked": g.Blocked,
		"exported": null(g.Exported.V, g.Exported.Valid), "display_name": g.DisplayName,
		"is_default":  null(g.IsDefault.V, g.IsDefault.Valid),
		"uservisible": null(g.UserVisible.V, g.UserVisible.Valid),
		"description": null(g.Description.V, g.Description.Valid),
		"langonly":    null(g.LangOnly.V, g.LangOnly.Valid),
		"biarchonly":  null(g.BiarchOnly.V, g.BiarchOnly.Valid),
	}
	if packages {
		rows := []map[string]any{}
		for _, p := range g.Packages {
			rows = append(rows, map[string]any{
				"group_id": p.Group, "tag_id": p.Tag, "package": p.Package, "blocked": p.Blocked, "type": p.Type,
				"basearchonly": null(p.BaseArchOnly.V, p.BaseArchOnly.Valid), "requires": null(p.Requires.V, p.Requires.Valid),
			})
		}
		m["packagelist"] = rows
	}
	if requirements {
		rows := []map[string]any{}
		for _, r := range g.Requirements {
			rows = append(rows, map[string]any{
				"group_id": r.Group, "tag_id": r.Tag, "req_id": r.Required, "name": r.Name, "blocked": r.Blocked,
				"type": null(r.Type.V, r.Type.Valid), "is_metapkg": r.IsMetaPackage,
			})
		}
		m["grouplist"] = rows
	}
	return m
}
