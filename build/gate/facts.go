package gate

import (
	"database/sql"
	"encoding/json"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
)

// facts returns the answers to the questions. Users by name who are not found are
// left open: it may be a Kerberos principal.
func (f *fetch) facts() *policy.Facts {
	facts := &policy.Facts{}
	users := f.userFacts(facts)
	tags := f.tagFinder()
	for _, ref := range f.questions.Tags {
		if tag := tags.tag(ref.Ref); tag != nil || !ref.Deleted {
			facts.Tags = append(facts.Tags, policy.Fact[policy.TagRef, *policy.Tag]{Question: ref, Answer: tag})
		}
	}
	packages := make(map[policy.Ref]*policy.Name, 2*len(f.rows.packages))
	for _, p := range f.rows.packages {
		name := &policy.Name{ID: int64(p.ID), Name: p.Name}
		packages[policy.ByID(p.ID)], packages[policy.ByName(p.Name)] = name, name
	}
	for _, q := range f.questions.Names {
		if q.Table == policy.TablePackage {
			facts.Names = append(facts.Names, policy.Fact[policy.NameQuestion, *policy.Name]{Question: q, Answer: packages[q.Ref]})
		}
	}
	f.buildFacts(facts, users)
	return facts
}

// userFacts adds what is known of users, and returns all of them by id.
func (f *fetch) userFacts(facts *policy.Facts) map[koji.UserID]*storage.User {
	byID := index(f.rows.users, func(u *storage.User) (koji.UserID, *storage.User) { return u.ID, u })
	byName := index(f.rows.users, func(u *storage.User) (string, *storage.User) { return u.Name, u })
	answer := func(u *storage.User) *policy.User {
		if u == nil {
			return nil
		}
		return &policy.User{ID: u.ID, Name: u.Name}
	}
	if f.questions.Session {
		facts.Session = append(facts.Session, policy.Fact[string, *policy.User]{Answer: answer(byID[f.session])})
		f.accessFact(facts, f.session, byID)
	}
	for _, ref := range f.questions.Users {
		id := koji.UserID(ref.ID)
		user := byID[id]
		if ref.Name != "" {
			if user = byName[ref.Name]; user == nil {
				continue
			}
			id = user.ID
		}
		facts.Users = append(facts.Users, policy.Fact[policy.Ref, *policy.User]{Question: ref, Answer: answer(user)})
		f.accessFact(facts, id, byID)
	}
	return byID
}

// accessFact adds the permissions and groups of a user, if they were asked for.
func (f *fetch) accessFact(facts *policy.Facts, user koji.UserID, users map[koji.UserID]*storage.User) {
	if !f.access || user == 0 {
		return
	}
	names := index(f.rows.permissions, func(p *storage.Permission) (koji.PermissionID, string) { return p.ID, p.Name })
	access := &policy.Access{}
	holders := map[koji.UserID]bool{user: true}
	for _, m := range f.rows.groups {
		if group := users[m.Group]; m.User == user && group != nil {
			access.Groups = append(access.Groups, policy.User{ID: group.ID, Name: group.Name})
			holders[group.ID] = true
		}
	}
	held := make(map[koji.PermissionID]bool)
	for _, p := range f.rows.held {
		if holders[p.User] && !held[p.Permission] {
			held[p.Permission] = true
			access.Permissions = append(access.Permissions, names[p.Permission])
		}
	}
	facts.Access = append(facts.Access, policy.Fact[koji.UserID, *policy.Access]{Question: user, Answer: access})
}

// tagFinder finds tags among the rows.
type tagFinder struct {
	byRef  map[policy.Ref]*storage.Tag
	active map[koji.TagID]bool
	extras map[koji.TagID][]storage.TagExtra
}

func (f *fetch) tagFinder() tagFinder {
	t := tagFinder{
		byRef:  make(map[policy.Ref]*storage.Tag, 2*len(f.rows.tags)),
		active: index(f.rows.configs, func(c *storage.TagConfig) (koji.TagID, bool) { return c.Tag, true }),
		extras: make(map[koji.TagID][]storage.TagExtra),
	}
	for i := range f.rows.tags {
		row := &f.rows.tags[i]
		t.byRef[policy.ByID(row.ID)], t.byRef[policy.ByName(row.Name)] = row, row
	}
	for _, e := range f.rows.extras {
		t.extras[e.Tag] = append(t.extras[e.Tag], e)
	}
	return t
}

// row returns a tag, deleted or not, or nil.
func (t *tagFinder) row(ref policy.Ref) *storage.Tag {
	if ref.Name != "" {
		ref.ID = 0
	}
	return t.byRef[ref]
}

// tag returns an active tag, or nil.
func (t *tagFinder) tag(ref policy.Ref) *policy.Tag {
	row := t.row(ref)
	if row == nil || !t.active[row.ID] {
		return nil
	}
	tag := &policy.Tag{ID: row.ID, Name: row.Name}
	for _, e := range t.extras[row.ID] {
		if e.Key == sidetagKeys[0] {
			tag.Sidetag = truthy(e.Value)
		} else if json.Unmarshal([]byte(e.Value.V), &tag.SidetagOwner) != nil {
			tag.SidetagOwner = 0 // whatever it says, it names no user
		}
	}
	return tag
}

// sidetagKeys are the free settings that say whether a tag is a sidetag, and whose.
var sidetagKeys = []string{"sidetag", "sidetag_user_id"}

// truthy tells whether a free setting, which is JSON, is true in a condition.
func truthy(text sql.Null[string]) bool {
	var v policy.Value
	return text.Valid && json.Unmarshal([]byte(text.V), &v) == nil && v.Truthy()
}

// buildFacts adds what is known of builds.
func (f *fetch) buildFacts(facts *policy.Facts, users map[koji.UserID]*storage.User) {
	packages := index(f.rows.packages, func(p *storage.Package) (koji.PackageID, string) { return p.ID, p.Name })
	volumes := index(f.rows.volumes, func(v *storage.Volume) (koji.VolumeID, string) { return v.ID, v.Name })
	byID := make(map[policy.BuildRef]*policy.Build, 2*len(f.rows.builds))
	for i := range f.rows.builds {
		b := &f.rows.builds[i]
		owner := users[b.Owner]
		build := &policy.Build{
			ID: b.ID, Package: policy.Name{ID: int64(b.Package), Name: packages[b.Package]},
			Version: b.Version, Release: b.Release, Draft: b.Draft, Volume: volumes[b.Volume],
			Owner: b.Owner, OwnerIsGroup: owner != nil && owner.Type == koji.UserGroup,
			Source: sourceOf(b), Task: taskOf(b),
		}
		byID[policy.BuildRef{ID: b.ID}] = build
		byID[policy.BuildRef{Name: build.Package.Name, Version: b.Version, Release: b.Release}] = build
	}
	tags := f.tagsOfBuilds()
	for _, ref := range f.questions.Builds {
		build := byID[ref]
		facts.Builds = append(facts.Builds, policy.Fact[policy.BuildRef, *policy.Build]{Question: ref, Answer: build})
		if build != nil && f.questions.Asks&policy.AsksBuildTags != 0 {
			facts.BuildTags = append(facts.BuildTags, policy.Fact[koji.BuildID, []string]{Question: build.ID, Answer: tags[build.ID]})
		}
	}
}

// tagsOfBuilds returns the names of the tags of builds.
func (f *fetch) tagsOfBuilds() map[koji.BuildID][]string {
	names := index(f.rows.tags, func(t *storage.Tag) (koji.TagID, string) { return t.ID, t.Name })
	tags := make(map[koji.BuildID][]string)
	for _, l := range f.rows.listings {
		tags[l.Build] = append(tags[l.Build], names[l.Tag])
	}
	return tags
}

func sourceOf(b *storage.Build) *string {
	if !b.Source.Valid {
		return nil
	}
	return &b.Source.V
}

// taskOf returns the task of a build. Content generators that ran one say so in the
// free settings.
func taskOf(b *storage.Build) koji.TaskID {
	if b.Task.Valid || !b.Extra.Valid {
		return b.Task.V
	}
	var extra struct {
		Task koji.TaskID `json:"container_koji_task_id"`
	}
	if json.Unmarshal([]byte(b.Extra.V), &extra) != nil {
		return 0 // of another form, and no task then
	}
	return extra.Task
}
