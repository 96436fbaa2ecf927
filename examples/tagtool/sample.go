package main

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// The sample is laid out like a distribution that rebuilds another: el8 comes
// first, for the macros that it holds; the released base hardly changes; updates
// are built against both and published from a tag of their own.
var sampleTags = []struct {
	name  string
	links []tag.Link // parents by name, in order of priority
}{
	{"el8", nil},
	{"dist-rocky8", nil},
	{"build-modules", nil},
	{"dist-rocky8-build", []tag.Link{{ParentName: "el8"}, {ParentName: "dist-rocky8"}, {ParentName: "build-modules"}}},
	{"dist-rocky8-updates", []tag.Link{{ParentName: "dist-rocky8"}}},
	{"dist-rocky8-updates-build", []tag.Link{{ParentName: "el8"}, {ParentName: "dist-rocky8-updates"}, {ParentName: "dist-rocky8-build"}}},
	{"dist-rocky8-compose", []tag.Link{{ParentName: "dist-rocky8-updates", PkgFilter: storage.Null("^(?!rocky-macros$)")}}},
}

// sampleBuilds are tagged in this order, one an hour.
var sampleBuilds = []struct{ name, version, release, tag string }{
	{"rocky-macros", "8", "1.el8", "el8"},
	{"bash", "4.4.20", "1.el8", "dist-rocky8"},
	{"kernel", "4.18.0", "305.el8", "dist-rocky8"},
	{"openssl", "1.1.1g", "15.el8", "dist-rocky8"},
	{"nodejs", "14.16.0", "2.module", "build-modules"},
	{"kernel", "4.18.0", "348.el8", "dist-rocky8-updates"},
	{"openssl", "1.1.1k", "5.el8", "dist-rocky8-updates"},
	{"bash", "4.4.20", "2.el8", "dist-rocky8"},
	{"kernel", "4.18.0", "353.el8", "dist-rocky8-updates"},
}

// sampleClock ticks once an hour, so that the sample is the same every day.
func sampleClock() func() time.Time {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var ticks atomic.Int64
	return func() time.Time { return start.Add(time.Duration(ticks.Add(1)) * time.Hour) }
}

// sample is a store that is being filled.
type sample struct {
	store *storage.Store
	user  koji.UserID
	tags  map[string]koji.TagID
}

// edit makes one change, at an event of its own.
func (s *sample) edit(ctx context.Context, fn func(*storage.Tx, *tag.Editor) error) error {
	return s.store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = s.user
		return fn(tx, tag.NewEditor(tx, tag.Options{}))
	})
}

// fillSample makes the sample's history.
func fillSample(ctx context.Context, store *storage.Store) error {
	s := &sample{store: store, tags: make(map[string]koji.TagID)}
	for _, step := range []func(context.Context) error{s.addUser, s.addTags, s.addSettings, s.addPackages, s.addBuilds, s.change} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *sample) addUser(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *storage.Tx) error {
		u := storage.User{Name: "releng"}
		err := tx.Users().Insert(ctx, &u)
		s.user = u.ID
		return err
	})
}

func (s *sample) addTags(ctx context.Context) error {
	for _, t := range sampleTags {
		err := s.edit(ctx, func(_ *storage.Tx, e *tag.Editor) error {
			id, err := e.Create(ctx, t.name, tag.Config{Arches: "x86_64 aarch64"})
			if err != nil {
				return err
			}
			s.tags[t.name] = id
			var changes []tag.LinkChange
			for i, l := range t.links {
				l.Parent, l.Priority = s.tags[l.ParentName], 10*i
				changes = append(changes, tag.LinkChange{Link: l})
			}
			return e.SetInheritance(ctx, id, changes, false)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addSettings says how updates are built.
func (s *sample) addSettings(ctx context.Context) error {
	return s.edit(ctx, func(_ *storage.Tx, e *tag.Editor) error {
		base, updates := s.tags["dist-rocky8-build"], s.tags["dist-rocky8-updates-build"]
		extra := map[string]json.RawMessage{"mock.package_manager": json.RawMessage(`"dnf"`)}
		if err := e.Edit(ctx, base, tag.Changes{Extra: extra}); err != nil {
			return err
		}
		if err := e.AddGroup(ctx, base, "build", tag.GroupSettings{}); err != nil {
			return err
		}
		for _, name := range []string{"bash", "rocky-macros"} {
			if err := e.AddGroupPackage(ctx, base, "build", name, tag.GroupPackageSettings{}); err != nil {
				return err
			}
		}
		_, err := e.CreateTarget(ctx, "dist-rocky8-updates", updates, s.tags["dist-rocky8-updates"])
		return err
	})
}

// addPackages lists each package where its first build goes.
func (s *sample) addPackages(ctx context.Context) error {
	return s.edit(ctx, func(_ *storage.Tx, e *tag.Editor) error {
		listed := make(map[string]bool)
		for _, b := range sampleBuilds {
			if listed[b.name] {
				continue
			}
			listed[b.name] = true
			if err := e.AddPackage(ctx, s.tags[b.tag], b.name, tag.Entry{Owner: s.user}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *sample) addBuilds(ctx context.Context) error {
	for _, b := range sampleBuilds {
		err := s.edit(ctx, func(tx *storage.Tx, e *tag.Editor) error {
			pkg, err := tx.Packages().Get(ctx, storage.PackageFilter{Name: storage.Is(b.name)})
			if err != nil {
				return err
			}
			event, err := tx.Event(ctx)
			if err != nil {
				return err
			}
			row := storage.Build{
				Package: pkg.ID, Version: b.version, Release: b.release, Owner: s.user, CreateEvent: event,
				State: koji.BuildComplete, CompletionTime: storage.Null(tx.Now()),
			}
			if err := tx.Builds().Insert(ctx, &row); err != nil {
				return err
			}
			rpm := storage.RPM{
				Build: storage.Null(row.ID), Name: b.name, Version: b.version, Release: b.release, Arch: "x86_64",
				Draft: storage.Null(false), PayloadHash: "d41d8cd98f00b204e9800998ecf8427e", Size: 1 << 20, BuildTime: tx.Now().Unix(),
			}
			if err := tx.RPMs().Insert(ctx, &rpm); err != nil {
				return err
			}
			return e.Tag(ctx, s.tags[b.tag], row.ID, false)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// change does what release engineers do on other days: it blocks a package and
// takes back a build.
func (s *sample) change(ctx context.Context) error {
	err := s.edit(ctx, func(_ *storage.Tx, e *tag.Editor) error {
		return e.BlockPackage(ctx, s.tags["dist-rocky8-updates-build"], "nodejs", false)
	})
	if err != nil {
		return err
	}
	return s.edit(ctx, func(tx *storage.Tx, e *tag.Editor) error {
		last, err := tx.Builds().Get(ctx, storage.BuildFilter{Version: storage.Is("4.18.0"), Release: storage.Is("353.el8")})
		if err != nil {
			return err
		}
		return e.Untag(ctx, s.tags["dist-rocky8-updates"], last.ID, false)
	})
}
