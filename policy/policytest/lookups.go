package policytest

import (
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// lookups answers from a world as a user sees it who is logged in.
type lookups struct {
	*index
	session string
}

func (l *lookups) SessionUser(context.Context) (*policy.User, error) {
	return userOf(l.users.named(l.session)), nil
}

func userOf(u *User) *policy.User {
	if u == nil {
		return nil
	}
	return &policy.User{ID: u.ID, Name: u.Name}
}

func (l *lookups) User(_ context.Context, ref policy.Ref) (*policy.User, error) {
	if u := l.users.find(ref); u != nil || ref.Name == "" {
		return userOf(u), nil
	}
	for _, u := range l.users.byID {
		if u.Principal == ref.Name {
			return userOf(u), nil
		}
	}
	return nil, nil
}

func (l *lookups) Access(_ context.Context, user koji.UserID) (*policy.Access, error) {
	u := l.users.byID[int64(user)]
	if u == nil {
		return nil, nil
	}
	access := &policy.Access{Permissions: slices.Clone(u.Permissions)}
	for _, name := range u.Groups {
		group := l.users.named(name)
		access.Groups = append(access.Groups, *userOf(group))
		access.Permissions = append(access.Permissions, group.Permissions...)
	}
	return access, nil
}

func (l *lookups) Names(_ context.Context, table policy.Table, refs []policy.Ref) ([]*policy.Name, error) {
	out := make([]*policy.Name, len(refs))
	for i, ref := range refs {
		out[i] = l.name(table, ref)
	}
	return out, nil
}

func (l *lookups) name(table policy.Table, ref policy.Ref) *policy.Name {
	var o *Object
	switch table {
	case policy.TableTag:
		if t := l.tags.find(ref); t != nil {
			o = &Object{int64(t.ID), t.Name}
		}
	case policy.TableTarget:
		if t := l.targets.find(ref); t != nil {
			o = &Object{int64(t.ID), t.Name}
		}
	case policy.TablePackage:
		o = l.packages.find(ref)
	case policy.TableVolume:
		o = l.volumes.find(ref)
	case policy.TableContentGenerator:
		o = l.generators.find(ref)
	}
	if o == nil {
		return nil
	}
	return &policy.Name{ID: o.ID, Name: o.Name}
}

// beforeDeletion is the event at which deleted tags are looked at.
const beforeDeletion koji.EventID = 1

func (l *lookups) tag(t *Tag) *policy.Tag {
	tag := &policy.Tag{ID: t.ID, Name: t.Name}
	if t.Deleted {
		tag.Event = beforeDeletion
	}
	if owner := l.users.named(t.SidetagOwner); owner != nil {
		tag.Sidetag, tag.SidetagOwner = true, owner.ID
	}
	return tag
}

func (l *lookups) Tags(_ context.Context, refs []policy.TagRef) ([]*policy.Tag, error) {
	out := make([]*policy.Tag, len(refs))
	for i, ref := range refs {
		if t := l.tags.find(ref.Ref); t != nil && (!t.Deleted || ref.Deleted) {
			out[i] = l.tag(t)
		}
	}
	return out, nil
}

func (l *lookups) Ancestors(_ context.Context, tags []policy.Tag) ([][]string, error) {
	out := make([][]string, len(tags))
	for i, tag := range tags {
		seen := map[string]bool{tag.Name: true}
		queue := []string{tag.Name}
		for len(queue) > 0 {
			t := l.tags.named(queue[0])
			queue = queue[1:]
			for _, parent := range t.Parents {
				if !seen[parent] {
					seen[parent] = true
					queue = append(queue, parent)
					out[i] = append(out[i], parent)
				}
			}
		}
	}
	return out, nil
}

func (l *lookups) Target(_ context.Context, ref policy.Ref) (*policy.Target, error) {
	t := l.targets.find(ref)
	if t == nil || t.Deleted {
		return nil, nil
	}
	target := &policy.Target{ID: t.ID, Name: t.Name}
	if tag := l.tags.named(t.BuildTag); tag != nil {
		target.BuildTag = tag.ID
	}
	return target, nil
}

func (l *lookups) Channel(_ context.Context, ref policy.Ref) (*policy.Channel, error) {
	c := l.channels.find(ref)
	if c == nil {
		return nil, nil
	}
	return &policy.Channel{ID: c.ID, Name: c.Name, Enabled: !c.Disabled}, nil
}

func (l *lookups) Build(_ context.Context, ref policy.BuildRef) (*policy.Build, error) {
	b := l.builds.byID[int64(ref.ID)]
	if ref.ID == 0 {
		b = l.builds.named(ref.Name + "-" + ref.Version + "-" + ref.Release)
	}
	if b == nil {
		return nil, nil
	}
	nvr, err := koji.ParseNVR(b.NVR)
	if err != nil {
		return nil, err
	}
	build := &policy.Build{
		ID: b.ID, Package: *l.name(policy.TablePackage, policy.ByName(nvr.Name)), Version: nvr.Version, Release: nvr.Release,
		Volume: b.Volume, Draft: b.Draft, Task: b.Task,
	}
	if b.Volume == "" {
		build.Volume = koji.DefaultVolume
	}
	if owner := l.users.named(b.Owner); owner != nil {
		build.Owner, build.OwnerIsGroup = owner.ID, owner.Group
	}
	if b.Source != "" {
		build.Source = &b.Source
	}
	return build, nil
}

func (l *lookups) BuildTags(_ context.Context, build koji.BuildID) ([]string, error) {
	if b := l.builds.byID[int64(build)]; b != nil {
		return b.Tags, nil
	}
	return nil, nil
}

func (l *lookups) BuildTypes(_ context.Context, build koji.BuildID) ([]string, error) {
	if b := l.builds.byID[int64(build)]; b != nil {
		return b.Types, nil
	}
	return nil, nil
}

func (l *lookups) BuildBuildroots(ctx context.Context, build koji.BuildID) (*policy.BuildOrigin, error) {
	origin := &policy.BuildOrigin{}
	b := l.builds.byID[int64(build)]
	if b == nil {
		return origin, nil
	}
	for _, id := range b.Buildroots {
		if id == 0 {
			origin.Imported = true
			continue
		}
		roots, err := l.Buildroots(ctx, []koji.BuildrootID{id})
		if err != nil {
			return nil, err
		}
		origin.Buildroots = append(origin.Buildroots, *roots[0])
	}
	return origin, nil
}

func (l *lookups) Buildroots(_ context.Context, ids []koji.BuildrootID) ([]*policy.Buildroot, error) {
	out := make([]*policy.Buildroot, len(ids))
	for i, id := range ids {
		b := l.buildroots.byID[int64(id)]
		if b == nil {
			continue
		}
		out[i] = &policy.Buildroot{ID: b.ID, ContentGenerator: b.ContentGenerator}
		if t := l.tags.named(b.Tag); t != nil {
			out[i].Tag = l.tag(t)
		}
	}
	return out, nil
}

func (l *lookups) Task(_ context.Context, id koji.TaskID) (*policy.Task, error) {
	t := l.tasks.byID[int64(id)]
	if t == nil {
		return nil, nil
	}
	return &policy.Task{Method: t.Method, Args: t.Args}, nil
}
