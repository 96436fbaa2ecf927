package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// check says how to make the two repositories.
type check struct {
	tool       string // path of createrepo_c
	checksum   string
	group      string
	revision   string
	changelogs int  // as createrepo_c counts: 0 for none, -1 for all
	legacyPre  bool // what isLegacy said

	compression string // gz or xz
	zchunk      bool   // in addition
}

// compressions are the values of check.compression.
var compressions = map[string]rpmmd.Compression{"gz": rpmmd.Gzip, "xz": rpmmd.XZ}

// comparison is the outcome.
type comparison struct {
	packages    int
	fragments   int // compared byte by byte
	differences []string
	warnings    []string
}

func (r *comparison) differ(format string, args ...any) {
	r.differences = append(r.differences, fmt.Sprintf(format, args...))
}

// compare indexes the directory twice and compares the results.
func (c check) compare(ctx context.Context, dir string) (r *comparison, err error) {
	temp, err := os.MkdirTemp("", "repocheck-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	ours, theirs := filepath.Join(temp, "ours"), filepath.Join(temp, "theirs")
	for _, name := range []string{ours, theirs} {
		if err := os.Mkdir(name, 0o755); err != nil {
			return nil, err
		}
	}
	r = &comparison{}
	if c.legacyPre, err = c.isLegacy(ctx, temp); err != nil {
		return nil, err
	}
	if err := c.generate(ctx, dir, ours, r); err != nil {
		return nil, err
	}
	if err := c.createrepo(ctx, dir, theirs, r); err != nil {
		return nil, err
	}
	return r, r.compare(ctx, ours, theirs)
}

// isLegacy finds out whether the tool leaves the requirements of %pretrans
// unmarked. Releases differ in that and their versions do not tell.
func (c check) isLegacy(ctx context.Context, temp string) (bool, error) {
	dir := filepath.Join(temp, "probe")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return false, err
	}
	probe := corpus.RPM{
		Name: "probe", Version: "1", Release: "1", Arch: "noarch", SourceRPM: "probe-1-1.src.rpm",
		Requires: []corpus.Dep{{Name: "early", Flags: corpus.PreTrans}},
	}
	if _, err := probe.WriteTo(dir); err != nil {
		return false, err
	}
	if err := c.createrepo(ctx, dir, dir, &comparison{}); err != nil {
		return false, err
	}
	repo, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
	if err != nil {
		return false, err
	}
	next, stop := iter.Pull2(repo.Packages(ctx))
	defer stop()
	p, err, ok := next()
	switch {
	case err != nil:
		return false, err
	case !ok || len(p.Requires) != 1:
		return false, fmt.Errorf("%s does not describe %s as it ought to", c.tool, probe.FileName())
	default:
		return !p.Requires[0].Pre, nil
	}
}

// generate makes our metadata of dir in out.
func (c check) generate(ctx context.Context, dir, out string, r *comparison) error {
	compression, ok := compressions[c.compression]
	if !ok {
		return fmt.Errorf("unknown compression %q", c.compression)
	}
	w := rpmmd.NewWriter(rpmmd.Options{
		Profile:     rpmmd.CompatEL7,
		Compression: compression,
		Zchunk:      c.zchunk,
		Checksum:    rpmmd.ChecksumType(c.checksum),
		Revision:    c.revision,
		Warn:        func(w rpmmd.Warning) { r.warnings = append(r.warnings, "rpmmd: "+w.Error()) },
	})
	if c.group != "" {
		f, err := os.Open(c.group)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := w.AddFile(rpmmd.TypeGroup, filepath.Base(c.group), f); err != nil {
			return err
		}
	}
	limit := c.changelogs
	if limit == 0 {
		limit = rpmmd.NoChangelogs
	}
	items, err := rpmmd.Walk(ctx, dir)
	if err != nil {
		return err
	}
	return rpmmd.ReplaceDir(out, func(sink rpmmd.Sink) error {
		result, err := w.Index(ctx, sink, items, rpmmd.ReadOptions{
			Checksum:       rpmmd.ChecksumType(c.checksum),
			ChangelogLimit: limit,
			LegacyPre:      c.legacyPre,
		})
		if err == nil {
			r.packages = result.Packages
		}
		return err
	})
}

// createrepo makes upstream's metadata of dir in out.
func (c check) createrepo(ctx context.Context, dir, out string, r *comparison) error {
	args := []string{
		"--quiet", "--no-database", "--general-compress-type", c.compression,
		"--checksum", c.checksum, "--changelog-limit", strconv.Itoa(c.changelogs),
		"--revision", c.revision, "--set-timestamp-to-revision",
		"--outputdir", out,
	}
	if c.zchunk {
		args = append(args, "--zck")
	}
	if c.group != "" {
		group, err := filepath.Abs(c.group) // createrepo_c takes it as relative to dir
		if err != nil {
			return err
		}
		args = append(args, "--groupfile", group)
	}
	cmd := exec.CommandContext(ctx, c.tool, append(args, dir)...)
	var messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &messages, &messages
	err := cmd.Run()
	for line := range strings.Lines(messages.String()) {
		r.warnings = append(r.warnings, "createrepo_c: "+strings.TrimSpace(line))
	}
	if err == nil {
		return nil
	}
	// From some release on it exits with 2 after leaving a package out.
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 2 {
		if _, statErr := os.Stat(filepath.Join(out, rpmmd.Dirname, rpmmd.RepomdName)); statErr == nil {
			return nil
		}
	}
	return fmt.Errorf("%s: %w: %s", cmd, err, messages.String())
}

// compare compares two repositories.
func (r *comparison) compare(ctx context.Context, ours, theirs string) error {
	a, err := rpmmd.Open(os.DirFS(ours), rpmmd.Limits{})
	if err != nil {
		return err
	}
	b, err := rpmmd.Open(os.DirFS(theirs), rpmmd.Limits{})
	if err != nil {
		return err
	}
	r.compareRepomd(a.Repomd, b.Repomd)
	for _, typ := range []string{rpmmd.TypePrimary, rpmmd.TypeFilelists, rpmmd.TypeOther} {
		if err := ctx.Err(); err != nil {
			return err
		}
		docA, err := readDocument(a, typ)
		if err != nil {
			return err
		}
		docB, err := readDocument(b, typ)
		if err != nil {
			return err
		}
		r.compareDocuments(typ, docA, docB)
		if err := r.compareChunks(ctx, site{a, ours}, site{b, theirs}, typ+"_zck"); err != nil {
			return err
		}
	}
	return nil
}

// compareRepomd compares the indexes, without what depends on the compressed
// bytes. The timestamps of zchunk files are compared with our own, as upstream
// forgets to set theirs.
func (r *comparison) compareRepomd(a, b *rpmmd.Repomd) {
	plain := func(m *rpmmd.Repomd) []string {
		n := *m
		n.Records = nil
		for _, record := range m.Records {
			if record.OpenChecksum.Value != "" {
				href := record.Location.Href
				record.Location.Href = strings.ReplaceAll(href, record.Checksum.Value, "CHECKSUM")
				record.Checksum.Value, record.Size = "-", 0
				if record.HeaderChecksum.Value != "" {
					record.HeaderChecksum.Value, record.HeaderSize, record.Timestamp = "-", 0, 0
				}
			}
			n.Records = append(n.Records, record)
		}
		return strings.SplitAfter(string(n.Append(nil)), "\n")
	}
	r.compareLines("repomd.xml", plain(a), plain(b))
}

// compareLines notes the first line that differs.
func (r *comparison) compareLines(what string, ours, theirs []string) {
	for i := range max(len(ours), len(theirs)) {
		a, b := at(ours, i), at(theirs, i)
		if a != b {
			r.differ("%s: line %d:\n  ours   %q\n  theirs %q", what, i+1, a, b)
			return
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// compareDocuments compares two documents: what is around the packages, their
// order, and each of them.
func (r *comparison) compareDocuments(typ string, ours, theirs *document) {
	r.compareLines(typ+": start", []string{ours.start}, []string{theirs.start})
	r.compareLines(typ+": end", []string{ours.end}, []string{theirs.end})

	rest := map[string][]fragment{}
	for _, f := range theirs.fragments {
		rest[f.key] = append(rest[f.key], f)
	}
	for _, f := range ours.fragments {
		same := rest[f.key]
		if len(same) == 0 {
			r.differ("%s: %s: only ours", typ, f.name())
			continue
		}
		rest[f.key] = same[1:]
		r.fragments++
		if f.xml != same[0].xml {
			r.compareLines(typ+": "+f.name(), strings.SplitAfter(f.xml, "\n"), strings.SplitAfter(same[0].xml, "\n"))
		}
	}
	for _, f := range theirs.fragments {
		if left := rest[f.key]; len(left) > 0 {
			rest[f.key] = left[1:]
			r.differ("%s: %s: only theirs", typ, f.name())
		}
	}
	for i := range min(len(ours.fragments), len(theirs.fragments)) {
		if a, b := ours.fragments[i], theirs.fragments[i]; a.key != b.key {
			r.differ("%s: order: package %d is %s, theirs is %s", typ, i+1, a.name(), b.name())
			break
		}
	}
}

// name is how a fragment is called in the report.
func (f fragment) name() string { return cmp.Or(f.href, f.key) }
