package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// choose finds the tag to ask about, and something in it.
func (b *bench) choose(ctx context.Context, name string) error {
	r := tag.NewResolver(tag.NewSource(b.store), tag.Options{})
	if name != "" {
		info, err := r.Lookup(ctx, name, koji.Now)
		if err != nil {
			return err
		}
		b.tag, b.name = info.ID, name
	} else if err := b.largest(ctx, r); err != nil {
		return err
	}
	builds, err := r.Builds(ctx, b.tag, tag.BuildOptions{Inherit: true, Latest: 1})
	if err != nil {
		return err
	}
	if len(builds) == 0 {
		return fmt.Errorf("no builds in tag %s", b.name)
	}
	middle := builds[len(builds)/2]
	b.pkg, b.build = middle.Name, middle.ID
	for i := range min(1000, len(builds)) {
		b.names = append(b.names, builds[i].Name)
	}
	return b.store.View(ctx, func(tx *storage.Tx) error {
		last, err := tx.Events().List(ctx, storage.EventFilter{}, storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: 1})
		if len(last) > 0 {
			b.past = last[0].ID * 9 / 10
		}
		return err
	})
}

// largest finds the tag with the most builds behind it.
func (b *bench) largest(ctx context.Context, r *tag.Resolver) error {
	tagged := make(map[koji.TagID]int)
	var tags []storage.Tag
	err := b.store.View(ctx, func(tx *storage.Tx) error {
		for t, err := range tx.TaggedBuilds().Each(ctx, koji.Now, storage.TaggedBuildFilter{}, storage.Page{Unordered: true}) {
			if err != nil {
				return err
			}
			tagged[t.Tag]++
		}
		var err error
		tags, err = tx.Tags().List(ctx, storage.TagFilter{})
		return err
	})
	if err != nil {
		return err
	}
	most := -1
	for _, t := range tags {
		order, err := r.Order(ctx, t.ID, koji.Now)
		if err != nil {
			return err
		}
		n := 0
		for _, id := range order {
			n += tagged[id]
		}
		if n > most {
			most, b.tag, b.name = n, t.ID, t.Name
		}
	}
	return nil
}

// question is one of the questions, and returns the number of rows in the answer.
type question struct {
	name string
	ask  func(ctx context.Context, r *tag.Resolver) (int, error)
}

func (b *bench) questions() []question {
	latest := func(at koji.EventID) tag.BuildOptions { return tag.BuildOptions{At: at, Inherit: true, Latest: 1} }
	list := []question{
		{"full inheritance", func(ctx context.Context, r *tag.Resolver) (int, error) {
			steps, err := r.Inheritance(ctx, b.tag, koji.Now)
			return len(steps), err
		}},
		{"full inheritance, past event", func(ctx context.Context, r *tag.Resolver) (int, error) {
			steps, err := r.Inheritance(ctx, b.tag, b.past)
			return len(steps), err
		}},
		{"1000 package checks", func(ctx context.Context, r *tag.Resolver) (int, error) {
			entries, err := r.PackageEntries(ctx, b.tag, b.names, koji.Now)
			return len(entries), err
		}},
		{"last change, inherited", func(ctx context.Context, r *tag.Resolver) (int, error) {
			_, err := r.LastChange(ctx, b.tag, tag.ChangeOptions{Inherit: true})
			return 1, err
		}},
		{"builds of a package " + b.pkg, func(ctx context.Context, r *tag.Resolver) (int, error) {
			builds, err := r.Builds(ctx, b.tag, tag.BuildOptions{Inherit: true, Package: b.pkg})
			return len(builds), err
		}},
		{"package list with owners", func(ctx context.Context, r *tag.Resolver) (int, error) {
			packages, err := r.Packages(ctx, b.tag, tag.PackageOptions{Inherit: true})
			return len(packages), err
		}},
	}
	for _, at := range []struct {
		name string
		koji.EventID
	}{{"", koji.Now}, {", past event", b.past}} {
		list = append(list,
			question{"latest builds" + at.name, func(ctx context.Context, r *tag.Resolver) (int, error) {
				builds, err := r.Builds(ctx, b.tag, latest(at.EventID))
				return len(builds), err
			}},
			question{"latest rpms, x86_64 and noarch" + at.name, func(ctx context.Context, r *tag.Resolver) (int, error) {
				rpms, _, err := r.RPMs(ctx, b.tag, tag.RPMOptions{BuildOptions: latest(at.EventID), Arches: []string{"x86_64", "noarch"}})
				return len(rpms), err
			}})
	}
	return append(list,
		question{"explain a build", func(ctx context.Context, r *tag.Resolver) (int, error) {
			_, err := r.ExplainBuild(ctx, b.tag, b.build, latest(koji.Now))
			return 1, err
		}},
	)
}

// run prints the table.
func (b *bench) run(ctx context.Context) error {
	source := tag.NewSource(b.store)
	plain := tag.NewResolver(source, tag.Options{})
	checked := tag.NewResolver(tag.NewCache(source, tag.CacheOptions{}), tag.Options{})
	lagging := tag.NewResolver(tag.NewCache(source, tag.CacheOptions{Lag: time.Hour}), tag.Options{})
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("tag %s, past event %d, load average %s\n", b.name, b.past, load)
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "question\trows\tcold\tstatements\twarm\tstatements\twarm, lag allowed")
	for _, q := range b.questions() {
		cold, statements, rows, err := b.time(ctx, plain, q)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		warm, again, warmRows, err := b.time(ctx, checked, q)
		if err != nil {
			return fmt.Errorf("%s, cached: %w", q.name, err)
		}
		behind, _, _, err := b.time(ctx, lagging, q)
		if err != nil {
			return fmt.Errorf("%s, cached: %w", q.name, err)
		}
		if rows != warmRows {
			return fmt.Errorf("%s: %d rows, from the cache %d", q.name, rows, warmRows)
		}
		_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\t%d\t%s\n", q.name, rows, round(cold), statements, round(warm), again, round(behind))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return b.memory(ctx, source)
}

// memory tells how much memory a cache takes in which the builds of all tags of
// the size of the one in question are kept.
func (b *bench) memory(ctx context.Context, source tag.Source) error {
	plain := tag.NewResolver(source, tag.Options{})
	asked, err := plain.Packages(ctx, b.tag, tag.PackageOptions{Inherit: true})
	if err != nil {
		return err
	}
	var tags []storage.Tag
	err = b.store.View(ctx, func(tx *storage.Tx) error {
		var err error
		tags, err = tx.Tags().List(ctx, storage.TagFilter{})
		return err
	})
	if err != nil {
		return err
	}
	before := heap()
	cache := tag.NewCache(source, tag.CacheOptions{Lag: time.Hour})
	r := tag.NewResolver(cache, tag.Options{})
	n := 0
	for _, t := range tags {
		if !strings.HasSuffix(t.Name, "-build") {
			continue
		}
		packages, err := r.Packages(ctx, t.ID, tag.PackageOptions{Inherit: true})
		if err != nil {
			return err
		}
		if len(packages) < len(asked)/2 {
			continue
		}
		if _, err := r.Builds(ctx, t.ID, tag.BuildOptions{Inherit: true, Latest: 1}); err != nil {
			return err
		}
		n++
	}
	fmt.Printf("%d build tags with their latest builds in one cache: %d MB\n", n, (heap()-before)>>20)
	runtime.KeepAlive(cache)
	return nil
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// time asks a question several times, and returns the least time that it took.
func (b *bench) time(ctx context.Context, r *tag.Resolver, q question) (least time.Duration, statements int64, rows int, err error) {
	for range b.rounds {
		before, start := b.statements.Load(), time.Now()
		if rows, err = q.ask(ctx, r); err != nil {
			return 0, 0, 0, err
		}
		if took := time.Since(start); least == 0 || took < least {
			least = took
		}
		statements = b.statements.Load() - before
	}
	return least, statements, rows, nil
}

func round(d time.Duration) time.Duration {
	for unit := time.Second; unit > 10; unit /= 10 {
		if d >= unit {
			return d.Round(unit / 100)
		}
	}
	return d
}
