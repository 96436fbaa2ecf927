package tag_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

// world is a store that tests fill by names.
type world struct {
	tb    testing.TB
	ctx   context.Context
	store *storage.Store
	users map[string]koji.UserID
	tags  map[string]koji.TagID
	build map[string]koji.BuildID // by NVR
}

// newWorld returns a store with the users releng, bob and carol. Its own changes
// are made by releng.
func newWorld(tb testing.TB) *world { return newWorldIn(tb, memory.Open(memory.Options{})) }

// newWorldIn does so in a store of another kind, which must be empty.
func newWorldIn(tb testing.TB, store *storage.Store) *world {
	w := &world{
		tb: tb, ctx: tb.Context(), store: store,
		users: make(map[string]koji.UserID), tags: make(map[string]koji.TagID), build: make(map[string]koji.BuildID),
	}
	w.update(func(tx *storage.Tx, _ *tag.Editor) error {
		for _, name := range []string{"releng", "bob", "carol"} {
			u := storage.User{Name: name}
			if err := tx.Users().Insert(w.ctx, &u); err != nil {
				return err
			}
			w.users[name] = u.ID
		}
		return nil
	})
	return w
}

// edit makes changes in one transaction and returns its error.
func (w *world) edit(opts tag.Options, fn func(tx *storage.Tx, e *tag.Editor) error) error {
	return w.store.Update(w.ctx, func(tx *storage.Tx) error {
		tx.Actor = w.users["releng"]
		return fn(tx, tag.NewEditor(tx, opts))
	})
}

func (w *world) update(fn func(tx *storage.Tx, e *tag.Editor) error) {
	w.tb.Helper()
	require.NoError(w.tb, w.edit(tag.Options{}, fn))
}

// tag makes a tag unless there is one of the name.
func (w *world) tag(name string) koji.TagID {
	w.tb.Helper()
	if w.tags[name] == 0 {
		w.update(func(_ *storage.Tx, e *tag.Editor) error {
			id, err := e.Create(w.ctx, name, tag.Config{})
			w.tags[name] = id
			return err
		})
	}
	return w.tags[name]
}

// link makes a tag inherit from another; change sets what is not as usual.
func (w *world) link(child, parent string, priority int, change ...func(*tag.Link)) {
	w.tb.Helper()
	l := tag.Link{Parent: w.tag(parent), Priority: priority}
	for _, c := range change {
		c(&l)
	}
	id := w.tag(child)
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		return e.SetInheritance(w.ctx, id, []tag.LinkChange{{Link: l}}, false)
	})
}

func maxDepth(n int) func(*tag.Link) { return func(l *tag.Link) { l.MaxDepth = storage.Null(n) } }
func filter(p string) func(*tag.Link) {
	return func(l *tag.Link) { l.PkgFilter = storage.Null(p) }
}
func intransitive(l *tag.Link) { l.Intransitive = true }
func noConfig(l *tag.Link)     { l.NoConfig = true }

// pkg lists packages for a tag, owned by releng.
func (w *world) pkg(in string, names ...string) {
	w.tb.Helper()
	id := w.tag(in)
	for _, name := range names {
		w.update(func(_ *storage.Tx, e *tag.Editor) error {
			return e.AddPackage(w.ctx, id, name, tag.Entry{Owner: w.users["releng"]})
		})
	}
}

// nvr reads an NVR whose release may be left out.
func nvr(s string) koji.NVR {
	if strings.Count(s, "-") < 2 {
		s += "-1"
	}
	v, err := koji.ParseNVR(s)
	if err != nil {
		panic(err)
	}
	return v
}

// newBuild makes a build that is COMPLETE unless change says otherwise.
func (w *world) newBuild(name string, change ...func(*storage.Build)) koji.BuildID {
	w.tb.Helper()
	v := nvr(name)
	if id := w.build[v.String()]; id != 0 {
		return id
	}
	w.update(func(tx *storage.Tx, _ *tag.Editor) error {
		p, err := tx.Packages().Get(w.ctx, storage.PackageFilter{Name: storage.Is(v.Name)})
		if err != nil {
			p = storage.Package{Name: v.Name}
			if err := tx.Packages().Insert(w.ctx, &p); err != nil {
				return err
			}
		}
		event, err := tx.Event(w.ctx)
		if err != nil {
			return err
		}
		b := storage.Build{
			Package: p.ID, Version: v.Version, Release: v.Release, State: koji.BuildComplete, Owner: w.users["releng"],
			CreateEvent: event, CompletionTime: storage.Null(time.Unix(0, 0)),
		}
		for _, c := range change {
			c(&b)
		}
		if b.State == koji.BuildBuilding {
			b.CompletionTime = sql.Null[time.Time]{}
		}
		err = tx.Builds().Insert(w.ctx, &b)
		w.build[v.String()] = b.ID
		return err
	})
	return w.build[v.String()]
}

// tagged tags builds one after another, making those that are not there.
func (w *world) tagged(in string, nvrs ...string) {
	w.tb.Helper()
	id := w.tag(in)
	for _, name := range nvrs {
		b := w.newBuild(name)
		w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.Tag(w.ctx, id, b, true) })
	}
}

// rpm adds an rpm to a build, with signatures by the given keys.
func (w *world) rpm(build, arch string, keys ...string) koji.RPMID {
	w.tb.Helper()
	v := nvr(build)
	r := storage.RPM{
		Build: storage.Null(w.build[v.String()]), Name: v.Name, Version: v.Version, Release: v.Release, Arch: arch,
		Draft: storage.Null(false),
	}
	w.update(func(tx *storage.Tx, _ *tag.Editor) error {
		if err := tx.RPMs().Insert(w.ctx, &r); err != nil {
			return err
		}
		for _, key := range keys {
			if err := tx.RPMSignatures().Insert(w.ctx, &storage.RPMSignature{RPM: r.ID, SigKey: key}); err != nil {
				return err
			}
		}
		return nil
	})
	return r.ID
}

// last returns the newest event.
func (w *world) last() koji.EventID {
	w.tb.Helper()
	var id koji.EventID
	require.NoError(w.tb, w.store.View(w.ctx, func(tx *storage.Tx) error {
		rows, err := tx.Events().List(w.ctx, storage.EventFilter{}, storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: 1})
		if len(rows) > 0 {
			id = rows[0].ID
		}
		return err
	}))
	return id
}

func (w *world) resolver(opts tag.Options) *tag.Resolver {
	return tag.NewResolver(tag.NewSource(w.store), opts)
}

// walk writes an inheritance as in the specification: name@depth/nextdepth.
func (w *world) walk(name string) string {
	w.tb.Helper()
	steps, err := w.resolver(tag.Options{}).Inheritance(w.ctx, w.tag(name), koji.Now)
	require.NoError(w.tb, err)
	return write(steps, func(s *tag.Step) string { return s.ParentName })
}

func write(steps []tag.Step, name func(*tag.Step) string) string {
	var parts []string
	for i := range steps {
		s := &steps[i]
		text := fmt.Sprintf("%s@%d", name(s), s.Depth)
		if s.NextDepth.Valid {
			text += fmt.Sprintf("/%d", s.NextDepth.V)
		}
		if len(s.Filter) > 0 {
			text += fmt.Sprint(s.Filter)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// builds writes the builds of a tag: NVR without release 1, and the tag if it is
// another.
func (w *world) builds(name string, opts tag.BuildOptions) string {
	w.tb.Helper()
	return w.buildsBy(tag.Options{}, name, opts)
}

func (w *world) buildsBy(profile tag.Options, name string, opts tag.BuildOptions) string {
	w.tb.Helper()
	list, err := w.resolver(profile).Builds(w.ctx, w.tag(name), opts)
	require.NoError(w.tb, err)
	var parts []string
	for i := range list {
		text := strings.TrimSuffix(list[i].NVR().String(), "-1")
		if list[i].TagName != name {
			text += "(" + list[i].TagName + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// packages writes the package list of a tag: owner or tag where they are others,
// blocked ones with an exclamation mark.
func (w *world) packages(name string, opts tag.PackageOptions) string {
	w.tb.Helper()
	list, err := w.resolver(tag.Options{}).Packages(w.ctx, w.tag(name), opts)
	require.NoError(w.tb, err)
	var parts []string
	for _, p := range list {
		text := p.Name
		if p.Blocked {
			text = "!" + text
		}
		if p.TagName != name {
			text += "(" + p.TagName + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}
