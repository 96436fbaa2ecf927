package corpus

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// DatabaseOptions say how large a database [Fill] makes. The zero value is a
// distribution of the size of Fedora.
type DatabaseOptions struct {
	// Scale is the size, 1 if zero: 400 tags, 25,000 packages, 600,000 builds,
	// 3,000,000 rpms, 2,500,000 taggings of which a quarter is active.
	Scale float64
	Seed  uint64 // same seed, same rows
	// Progress, unless nil, is told which table is being filled.
	Progress func(table string)
}

// Database tells what is where in a database that [Fill] has made.
type Database struct {
	Build    koji.TagID     // build tag of the newest release, at the top of thirteen links
	Builds   []koji.TagID   // build tags of all releases, oldest first
	Packages []string       // names, by id from 1
	Events   koji.EventID   // the last one
	Newest   []koji.BuildID // some builds of the newest release
}

// The shape of a distribution. A release takes its content over from the one
// before it, but for the first of each line. A build goes from tag to tag until
// it arrives in the release or in its updates.
const (
	releases     = 16
	line         = 6 // releases of a line: the newest build tag walks through one
	stages       = 3 // tags that a build leaves again
	sideTags     = 272
	people       = 500
	rpmsPerBuild = 5
)

// Tags of a release, in the order of their ids.
const (
	buildTag = iota
	overrideTag
	updatesTag
	baseTag
	stageTags      // the first of them
	candidateTag   = stageTags + stages
	tagsPerRelease = candidateTag + 1
)

// filler fills a store.
type filler struct {
	ctx    context.Context
	store  *storage.Store
	opts   DatabaseOptions
	names  []string
	builds int // of a release
	base   int // of these, that belong to the release itself
	sides  int
}

// Fill fills a store that has no content yet with what a large distribution
// leaves behind in its Koji: releases that inherit from each other, builds with
// their way through the tags, package lists with owners, rpms, signatures, groups.
func Fill(ctx context.Context, store *storage.Store, o DatabaseOptions) (Database, error) {
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	scaled := func(n int) int { return max(1, int(float64(n)*o.Scale)) }
	f := &filler{ctx: ctx, store: store, opts: o, builds: scaled(37500), base: scaled(24000), sides: max(4, scaled(sideTags))}
	names := nameMaker{rng: rand.New(rand.NewPCG(o.Seed, 0)), taken: map[string]bool{}}
	for range max(25, scaled(25000)) {
		f.names = append(f.names, names.next())
	}
	for _, step := range []struct {
		table string
		fill  func() error
	}{
		{"events", f.events}, {"users", f.users}, {"package", f.packages}, {"tag", f.tags},
		{"tag_inheritance", f.links}, {"tag_packages", f.lists}, {"build", f.buildRows},
		{"tag_listing", f.listings}, {"rpminfo", f.rpms}, {"rpmsigs", f.signatures}, {"groups", f.groups},
	} {
		o.Progress(step.table)
		if err := step.fill(); err != nil {
			return Database{}, fmt.Errorf("fill %s: %w", step.table, err)
		}
	}
	db := Database{Build: f.tag(releases-1, buildTag), Packages: f.names, Events: f.lastEvent()}
	for r := range releases {
		db.Builds = append(db.Builds, f.tag(r, buildTag))
	}
	for i := range min(10, f.builds) {
		db.Newest = append(db.Newest, f.buildID((releases-1)*f.builds+i))
	}
	return db, nil
}

// Ids are those that the rows get in order.

func (f *filler) tag(release, which int) koji.TagID {
	return koji.TagID(release*tagsPerRelease + which + 1)
}
func (f *filler) sideTag(n int) koji.TagID   { return koji.TagID(releases*tagsPerRelease + n + 1) }
func (f *filler) buildID(n int) koji.BuildID { return koji.BuildID(n + 1) }
func (f *filler) user(n uint64) koji.UserID  { return koji.UserID(n%people + 1) }
func (f *filler) total() int                 { return releases * f.builds }
func (f *filler) event(n, step int) koji.EventID {
	return koji.EventID(setupEvents + n*(stages+1) + step + 1)
}
func (f *filler) lastEvent() koji.EventID { return f.event(f.total(), 0) }

// setupEvents is how many events come before the first build.
const setupEvents = 1000

// start is the time of the first event; an event comes every half minute.
var start = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)

func (f *filler) time(e koji.EventID) time.Time {
	return start.Add(time.Duration(e) * 30 * time.Second)
}

// random returns a number that depends on the seed and on n alone.
func (f *filler) random(n int, salt uint64) uint64 {
	x := uint64(n)*0x9e3779b97f4a7c15 + salt + f.opts.Seed<<32
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// rows is how many rows a transaction inserts at most.
const rows = 100_000

// each calls fill for n things, in transactions of a bounded size. fill returns
// the rows of one thing.
func each[R any](f *filler, n int, insert func(tx *storage.Tx, list []R) error, fill func(i int, list []R) []R) error {
	for i := 0; i < n; {
		var list []R
		for ; i < n && len(list) < rows; i++ {
			list = fill(i, list)
		}
		err := f.store.Update(f.ctx, func(tx *storage.Tx) error { return insert(tx, list) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) events() error {
	return each(f, int(f.lastEvent()),
		func(tx *storage.Tx, list []storage.Event) error { return tx.Events().InsertAll(f.ctx, list) },
		func(i int, list []storage.Event) []storage.Event {
			e := koji.EventID(i + 1)
			return append(list, storage.Event{ID: e, Time: f.time(e)})
		})
}

func (f *filler) users() error {
	return each(f, people,
		func(tx *storage.Tx, list []storage.User) error { return tx.Users().InsertAll(f.ctx, list) },
		func(i int, list []storage.User) []storage.User {
			return append(list, storage.User{ID: koji.UserID(i + 1), Name: fmt.Sprintf("packager%03d", i)})
		})
}

func (f *filler) packages() error {
	return each(f, len(f.names),
		func(tx *storage.Tx, list []storage.Package) error { return tx.Packages().InsertAll(f.ctx, list) },
		func(i int, list []storage.Package) []storage.Package {
			return append(list, storage.Package{ID: koji.PackageID(i + 1), Name: f.names[i]})
		})
}

// packageOf returns the package of a build. The builds of a release itself have
// one each of nearly all packages; those of its updates have some packages often.
func (f *filler) packageOf(n int) int {
	listed := len(f.names) / 25 * 24 // the others have no builds
	i := n % f.builds
	if i < f.base {
		return spread(i % listed)
	}
	r := f.random(n, 1)
	a, b := int(r%uint64(listed)), int(r>>32%uint64(listed))
	return spread(min(a, b)) // the first ones are built more often
}

// spread leaves out every twenty-fifth package.
func spread(i int) int { return i/24*25 + i%24 }

func (f *filler) buildRows() error {
	return each(f, f.total(),
		func(tx *storage.Tx, list []storage.Build) error { return tx.Builds().InsertAll(f.ctx, list) },
		func(n int, list []storage.Build) []storage.Build { return append(list, f.build(n)) })
}

func (f *filler) build(n int) storage.Build {
	event := f.event(n, 0)
	done := f.time(event)
	pkg := f.packageOf(n)
	b := storage.Build{
		ID: f.buildID(n), Package: koji.PackageID(pkg + 1),
		Version: fmt.Sprintf("%d.%d", 1+n/f.builds/3, n/f.builds), Release: fmt.Sprintf("%d.fc%d", n%f.builds+1, n/f.builds+20),
		Source:      storage.Null(fmt.Sprintf("git+https://src.example.org/rpms/%s.git#%016x%016x%08x", f.names[pkg], f.random(n, 2), f.random(n, 3), uint32(n))),
		CreateEvent: event, StartTime: storage.Null(done.Add(-20 * time.Minute)), CompletionTime: storage.Null(done),
		State: koji.BuildComplete, Owner: f.user(f.random(n, 4)),
	}
	if n%100 == 0 {
		b.Extra = storage.Null(`{"source": {"original_url": "` + b.Source.V + `"}}`)
	}
	if n%50 == 0 {
		b.Epoch = storage.Null(1)
	}
	return b
}

func (f *filler) rpms() error {
	return each(f, f.total(),
		func(tx *storage.Tx, list []storage.RPM) error { return tx.RPMs().InsertAll(f.ctx, list) },
		func(n int, list []storage.RPM) []storage.RPM {
			b := f.build(n)
			name := f.names[b.Package-1]
			for i, r := range [rpmsPerBuild][2]string{{"", "src"}, {"", "x86_64"}, {"-libs", "x86_64"}, {"", "aarch64"}, {"-doc", "noarch"}} {
				list = append(list, storage.RPM{
					ID: koji.RPMID(n*rpmsPerBuild + i + 1), Build: storage.Null(b.ID), Name: name + r[0], Version: b.Version,
					Release: b.Release, Epoch: b.Epoch, Arch: r[1], Draft: storage.Null(false),
					PayloadHash: fmt.Sprintf("%016x%016x", f.random(n, 5), i), Size: int64(f.random(n, 6) % 10_000_000),
					BuildTime: b.CompletionTime.V.Unix(),
				})
			}
			return list
		})
}

// signatures gives the main rpm of each build one signature.
func (f *filler) signatures() error {
	return each(f, f.total(),
		func(tx *storage.Tx, list []storage.RPMSignature) error {
			return tx.RPMSignatures().InsertAll(f.ctx, list)
		},
		func(n int, list []storage.RPMSignature) []storage.RPMSignature {
			return append(list, storage.RPMSignature{
				RPM: koji.RPMID(n*rpmsPerBuild + 2), SigKey: fmt.Sprintf("%08x", 0xa15b79cc+n/f.builds),
				SigHash: fmt.Sprintf("%016x%016x", f.random(n, 7), n),
			})
		})
}
